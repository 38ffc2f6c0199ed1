"""Models of many architectures, each built from its own configuration: tables, sizes, what an adapter reaches, and the loaded model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hypviz import models
from hypviz.records.models import ModelRef
from tests.architectures import DECODERS, HIDDEN, LAYERS, build_architecture

SCALED = {"gemma", "gemma2", "gemma3_text"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelRef]:
    """The resolved tiny model of an architecture, built once."""
    made: dict[str, Path] = {}

    def ref(name: str) -> ModelRef:
        if name not in made:
            made[name] = build_architecture(tmp_path_factory.mktemp("architecture") / name, name)
        return models.resolve(str(made[name]))

    return ref


@pytest.mark.parametrize("name", DECODERS)
def test_tables_are_those_of_the_loaded_model(built: Callable[[str], ModelRef], name: str) -> None:
    import torch

    ref = built(name)
    summary, model = models.summarise(ref), models.load_model(ref, dtype="float32")
    table, head = model.get_input_embeddings().weight.detach().numpy(), model.get_output_embeddings().weight.detach().numpy()
    np.testing.assert_array_equal(models.read_embeddings(ref).values[:], table)
    np.testing.assert_array_equal(models.read_embeddings(ref, output=True).values[:], head)
    assert (summary.vocab_size, summary.hidden_size, summary.n_layers) == (*table.shape, LAYERS)
    assert summary.tied == np.array_equal(table, head)
    with torch.no_grad():
        assert model(input_ids=torch.tensor([[1, 2, 3]])).logits.shape == (1, 3, len(head))


@pytest.mark.parametrize("name", DECODERS)
def test_the_scale_inside_is_found(built: Callable[[str], ModelRef], name: str) -> None:
    assert models.summarise(built(name)).embedding_scale == pytest.approx(HIDDEN**0.5 if name in SCALED else 1.0)
