"""Which table is which: by what the file holds, the same for the pages that read tables and for the model that answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.contents import contents_sentences, file_contents, table_sentence
from hypviz.models.live.hearing import hearing
from tests.models.checkpoint.test_embeddings import rewrite

INPUT, OUTPUT = "model.embed_tokens.weight", "lm_head.weight"


def say(folder: Path, **changes) -> str:
    """Change the configuration of a copy; returns its path as text."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")
    return str(folder)


def another(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    rows = state[INPUT]
    return state | {OUTPUT: torch.randn(rows.shape, generator=torch.Generator().manual_seed(1)).to(rows.dtype)}


def agree(ref) -> tuple[np.ndarray, np.ndarray]:
    """The rows of both tables as read from the file, after checking that the loaded model has the same."""
    model = models.load_model(ref, dtype="float32")
    first, second = models.read_embeddings(ref).values, models.read_embeddings(ref, output=True).values
    np.testing.assert_array_equal(first, model.get_input_embeddings().weight.detach().numpy())
    np.testing.assert_array_equal(second, model.get_output_embeddings().weight.detach().numpy())
    assert models.summarise(ref).n_parameters == sum(p.numel() for p in model.parameters())
    return first, second


def test_two_tables_under_a_configuration_that_says_tied_are_told_apart(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    ref = models.resolve(rewrite(checkpoint_folder("qwen3"), tmp_path / "two", another))
    first, second = agree(ref)
    assert (first != second).any() and not models.summarise(ref).tied
    contents = file_contents(ref)
    assert contents.tied_in_config and not contents.shared and (contents.input_table, contents.output_table) == (INPUT, OUTPUT)
    sentence = table_sentence(contents)
    assert "The configuration says that input and output share one table, but the files hold two different ones" in sentence
    assert f"reads with {INPUT} (input) and answers with {OUTPUT} (output)" in sentence


def test_one_table_stored_twice_is_one(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    ref = models.resolve(rewrite(checkpoint_folder("qwen3"), tmp_path / "twice", lambda s: s | {OUTPUT: s[INPUT].clone()}))
    assert models.summarise(ref).tied and "hold the shared table twice" in table_sentence(file_contents(ref))
    first, second = agree(ref)
    np.testing.assert_array_equal(first, second)


def test_zeros_of_either_sign_are_one_number(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    def signed(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        rows, other = state[INPUT].clone(), state[INPUT].clone()
        rows[3], other[3] = 0.0, -0.0
        return state | {INPUT: rows, OUTPUT: other}

    assert models.summarise(models.resolve(rewrite(checkpoint_folder("qwen3"), tmp_path / "zeros", signed))).tied


def test_equal_tables_under_a_configuration_that_says_untied(tiny_llama: Path, tmp_path: Path) -> None:
    ref = models.resolve(rewrite(tiny_llama, tmp_path / "equal", lambda s: s | {OUTPUT: s[INPUT].clone()}))
    assert models.summarise(ref).tied and "hold equal numbers" in table_sentence(file_contents(ref))
    stored = load_file(tiny_llama / "model.safetensors")
    assert not torch.equal(stored[INPUT], stored[OUTPUT]) and not models.summarise(models.resolve(str(tiny_llama))).tied
    assert table_sentence(file_contents(models.resolve(str(tiny_llama)))).startswith("Two tables, as the configuration says")


def test_one_table_under_a_configuration_that_says_untied_does_not_answer(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    copy = Path(rewrite(checkpoint_folder("qwen3"), tmp_path / "lost", lambda s: s))
    ref = models.resolve(say(copy, tie_word_embeddings=False))
    assert not models.summarise(ref).tied and models.read_embeddings(ref).tensor_name == INPUT
    with pytest.raises(ModelError, match=r"no output embeddings, and its weight files lack lm_head\.weight"):
        models.read_embeddings(ref, output=True)
    with pytest.raises(ModelError, match=r"set tie_word_embeddings to true in config\.json if one table serves as both"):
        models.load_model(ref)
    lines = contents_sentences(file_contents(ref), label=ref.label, architecture="Qwen3ForCausalLM")
    assert "hold one table" in lines[0] and "lack 1 tensors that Qwen3ForCausalLM needs (lm_head.weight)" in lines[1]


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda name: f"_orig_mod.{name}",
        lambda name: f"module.{name}",
        lambda name: f"module._orig_mod.module.{name}",
        lambda name: re.sub(r"(\.\d+\.)", r"\1_orig_mod.", name),
        lambda name: f"language_model.{name}",
    ],
    ids=["compiled", "distributed", "nested", "blocks compiled", "within another model"],
)
def test_names_of_wrappers_mean_the_same_to_every_page(
    checkpoint_folder: Callable[..., Path], tmp_path: Path, architecture: str, wrap: Callable[[str], str]
) -> None:
    source = checkpoint_folder(architecture)
    plain = models.resolve(str(source))
    ref = models.resolve(rewrite(source, tmp_path / "wrapped", lambda s: {wrap(k): v for k, v in s.items()}))
    first, second = agree(ref)
    np.testing.assert_array_equal(first, models.read_embeddings(plain).values)
    np.testing.assert_array_equal(second, models.read_embeddings(plain, output=True).values)
    ids = torch.tensor([[1, 2, 3, 4]])
    with torch.no_grad():
        torch.testing.assert_close(
            models.load_model(ref, dtype="float32")(ids).logits, models.load_model(plain, dtype="float32")(ids).logits
        )
    contents = file_contents(ref)
    assert contents.n_renamed > 0 and not contents.missing and not contents.unused
    assert (contents.shared, contents.tied_in_config) == (file_contents(plain).shared, file_contents(plain).tied_in_config)


def test_a_parameter_saved_under_two_names_is_refused(tiny_llama: Path, tmp_path: Path) -> None:
    copy = rewrite(tiny_llama, tmp_path / "twice", lambda s: s | {f"module.{INPUT}": s[INPUT].clone()})
    with pytest.raises(ModelError, match=rf"both .*module\.{INPUT}.* one parameter"):
        models.resolve(copy)


def test_tensors_without_a_place_are_counted(tiny_llama: Path, tmp_path: Path) -> None:
    extra = {"v_head.summary.weight": torch.ones(1, 32), "model.layers.0.extra": torch.ones(3)}
    ref = models.resolve(rewrite(tiny_llama, tmp_path / "more", lambda s: s | extra))
    lines = contents_sentences(file_contents(ref), label=ref.label, architecture="LlamaForCausalLM")
    assert any("2 tensors in the weight files of more belong to no part of LlamaForCausalLM" in line for line in lines)
    with hearing() as heard:
        models.load_model(ref)
    assert any("v_head.summary.weight" in sentence for sentence in heard)


def test_weights_that_are_not_finite_are_refused_by_name(tiny_llama: Path, tmp_path: Path) -> None:
    name = "model.layers.1.mlp.down_proj.weight"
    for value in (float("nan"), float("inf")):

        def spoil(state: dict[str, torch.Tensor], value: float = value) -> dict[str, torch.Tensor]:
            state[name][5, 7] = value
            return state

        ref = models.resolve(rewrite(tiny_llama, tmp_path / f"{value}", spoil))
        with pytest.raises(ModelError, match=rf"{name} of .* holds NaN or infinity"):
            models.load_model(ref)
