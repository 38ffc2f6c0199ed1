"""What `test_types` runs in a process of its own: PEFT learns the adapter from modules whose every call is checked."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from jaxtyping import install_import_hook

import tests.checked  # found by its name

with install_import_hook("hypviz.hyplora", f"{tests.checked.__name__}.call"):
    from hypviz import hyplora
    from hypviz.hyplora.observing import model_inputs

from jaxtyping import TypeCheckError
from transformers import LlamaConfig, LlamaForCausalLM


def main(folder: Path) -> None:
    """Attach, learn, calibrate, probe, save, load and export: nothing is refused but what is wrong."""
    shape = {"vocab_size": 100, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    base = LlamaForCausalLM(LlamaConfig(**shape, num_attention_heads=4, num_key_value_heads=2)).eval()
    model = hyplora.attach_adapters(base, {"hyplora": hyplora.HypLoraConfig(r=4, c=20.0)}, seed=1)
    ids = torch.randint(5, 100, (2, 7), generator=torch.Generator().manual_seed(2))
    hyplora.calibrate_radius(model, ids)
    for parameter in hyplora.adapter_parameters(model, "hyplora"):
        parameter.data.add_(0.01)
    model(input_ids=ids, labels=ids).loss.backward()
    with hyplora.probe(model) as probe, torch.no_grad():
        model(input_ids=ids)
    assert probe is not None
    hyplora.save_adapter(model, "hyplora", folder, base_fingerprint="0" * 64, method="hyplora", run_id=None)
    hyplora.load_adapter(model, "again", folder, base_fingerprint="0" * 64)
    try:
        model_inputs(ids, 3)  # type: ignore[arg-type]
    except TypeCheckError:
        return
    raise AssertionError("calls are not checked")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
