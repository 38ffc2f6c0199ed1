"""Embedding rows read from the file equal the loaded model's, for every architecture, and damaged rows are refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.models.checkpoint.tables import find_tensor
from tests.checkpoints import ARCHITECTURES


def rewrite(source: Path, target: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> str:
    """A copy of the checkpoint whose tensors were changed; returns its path as text."""
    shutil.copytree(source, target)
    save_file(change(load_file(source / "model.safetensors")), target / "model.safetensors", metadata={"format": "pt"})
    return str(target)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sharded", [False, True])
def test_rows_are_the_raw_weight_of_the_loaded_model(checkpoint_folder: Callable[..., Path], architecture: str, sharded: bool) -> None:
    ref = models.resolve(str(checkpoint_folder(architecture, sharded)))
    embeddings = models.read_embeddings(ref)
    table = models.load_model(ref).get_input_embeddings()
    np.testing.assert_array_equal(embeddings.values, table.weight.detach().float().numpy())
    assert embeddings.values.dtype == np.float32 and not embeddings.values.flags.writeable
    inside = table(torch.arange(7)).detach().float().numpy()
    np.testing.assert_allclose(inside, embeddings.values[:7] * models.summarise(ref).embedding_scale, rtol=1e-2)


def test_gemma_rows_are_not_scaled(checkpoint_folder: Callable[..., Path]) -> None:
    ref = models.resolve(str(checkpoint_folder("gemma3")))
    assert models.summarise(ref).embedding_scale == pytest.approx(32**0.5)


@pytest.mark.parametrize("outer", ["", "transformer.", "language_model.transformer."])
def test_the_outer_modules_name_does_not_matter(checkpoint_folder: Callable[..., Path], tmp_path: Path, outer: str) -> None:
    source = checkpoint_folder("gpt2")
    copy = rewrite(source, tmp_path / "gpt2", lambda t: {outer + k.removeprefix("transformer."): v for k, v in t.items()})
    found = models.read_embeddings(models.resolve(copy))
    assert found.tensor_name == outer + "wte.weight"
    np.testing.assert_array_equal(found.values, models.read_embeddings(models.resolve(str(source))).values)


def test_a_tied_table_kept_under_the_output_layers_name_is_found(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    source = checkpoint_folder("qwen3")
    rename = {"model.embed_tokens.weight": "lm_head.weight"}
    copy = rewrite(source, tmp_path / "qwen3", lambda t: {rename.get(k, k): v for k, v in t.items()})
    assert models.read_embeddings(models.resolve(copy)).tensor_name == "lm_head.weight"


def test_an_untied_model_without_its_table_is_refused(tiny_llama: Path, tmp_path: Path) -> None:
    copy = rewrite(tiny_llama, tmp_path / "llama", lambda t: {k: v for k, v in t.items() if "embed_tokens" not in k})
    with pytest.raises(ModelError, match=r"no tensor named model\.embed_tokens\.weight"):
        models.read_embeddings(models.resolve(copy))


def test_two_candidates_are_not_guessed_between() -> None:
    def stored(name: str) -> StoredTensor:
        return StoredTensor(name=name, dtype="F32", shape=(3, 2), start=0, stop=24, file=Path("x"))

    tensors = {name: stored(name) for name in ("a.embed_tokens.weight", "b.embed_tokens.weight")}
    with pytest.raises(ModelError, match="2 tensors that could be"):
        find_tensor(tensors, "model.embed_tokens.weight", (3, 2), prefix="model", or_output=False)


def test_rows_that_are_not_finite_are_counted_and_named(tiny_llama: Path, tmp_path: Path) -> None:
    def spoil(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        tensors["model.embed_tokens.weight"][[3, 17, 200], 0] = torch.tensor([float("nan"), float("inf"), float("nan")]).bfloat16()
        return tensors

    with pytest.raises(ModelError, match=r"3 of 405 rows .* NaN or infinity \(rows 3, 17, 200\)"):
        models.read_embeddings(models.resolve(rewrite(tiny_llama, tmp_path / "llama", spoil)))


def test_rows_of_another_size_than_the_configuration_are_refused(tiny_llama: Path, tmp_path: Path) -> None:
    def cut(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return tensors | {"model.embed_tokens.weight": tensors["model.embed_tokens.weight"][:100].clone()}

    ref = models.resolve(rewrite(tiny_llama, tmp_path / "llama", cut))
    for read in (models.read_embeddings, models.load_model, models.summarise):
        with pytest.raises(ModelError, match=r"as \[100, 32\] but config\.json asks for \[405, 32\]"):
            read(ref)


def test_output_rows_are_the_head_or_the_shared_table(tiny_llama):
    ref = models.resolve(str(tiny_llama))
    model = models.load_model(ref, dtype="float32")
    head = model.get_output_embeddings().weight.detach().numpy()
    assert np.array_equal(models.read_embeddings(ref, output=True).values, head)
