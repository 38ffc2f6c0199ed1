"""What a fine-tune changed, on the Layers page: awaited, shown, and refused in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

from tests.pages.running import at_rest, open_page, run_until, words


def test_a_model_is_named_and_its_difference_is_shown(tiny_llama: Path, tmp_path: Path) -> None:
    other = tmp_path / "tuned"
    shutil.copytree(tiny_llama, other)
    state = load_file(other / "model.safetensors")
    name = "model.layers.0.mlp.up_proj.weight"
    state[name] = state[name] * 1.5
    state["model.embed_tokens.weight"][7] *= 2.0
    save_file(state, other / "model.safetensors", metadata={"format": "pt"})
    app = open_page("pages/layers.py", str(tiny_llama), part="difference")
    field = next(text for text in app.text_input if text.label == "Fine-tuned model")
    field.set_value(str(other)).run()
    told = ("tuned changes 1 of 14 matrices by 50 %", "1 of 405 rows moved by 100 % of their norm")
    run_until(app, lambda: at_rest(app) and app.dataframe and all(sentence in words(app) for sentence in told))
    next(text for text in app.text_input if text.label == "Fine-tuned model").set_value(str(tiny_llama)).run()
    run_until(app, lambda: any("there is no difference" in error.value for error in app.error))
    assert not app.exception
