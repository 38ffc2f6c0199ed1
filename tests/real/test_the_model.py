"""The real model is what these tests say it is."""

from __future__ import annotations

from pathlib import Path

from hypviz.models import resolve
from hypviz.models.live.description import summarise


def test_the_real_model_is_a_tied_llama_of_135_million_parameters(real_model: Path) -> None:
    summary = summarise(resolve(str(real_model)))
    assert (summary.vocab_size, summary.hidden_size, summary.n_layers, summary.tied) == (49152, 576, 30, True)
    assert round(summary.n_parameters / 1e6) == 135
