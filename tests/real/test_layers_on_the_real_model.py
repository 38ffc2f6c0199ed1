"""Layers of a real model as they come: thirty blocks measured first, a stop within the nulls, and the same numbers afterwards."""

from __future__ import annotations

import pytest

from hypviz.cli.generate import lender
from hypviz.corpora import corpus_from_bytes
from hypviz.models import resolve
from hypviz.records.answers import Column
from hypviz.records.layers import LayerStudy
from hypviz.studies.layers import layers_spec, layers_study
from hypviz.words.layers import layers_finding, reached_sentence
from hypviz.work import Work

PROMPTS = (
    "A farmer has 12 cows and buys 7 more from his neighbour. How many cows does the farmer have now?",
    "The train leaves the old station at noon and reaches the harbour before the ferry does.",
)


@pytest.mark.slow
def test_a_stop_within_the_nulls_keeps_thirty_one_layers_and_goes_on(real_model):
    ref = resolve(str(real_model))
    texts = corpus_from_bytes("\n".join(PROMPTS).encode(), "two.txt")
    spec = layers_spec(ref, texts, Column(name="base"), nulls=("gaussian", "directions"))
    parts: list[LayerStudy] = []
    lend, work = lender(ref), Work(on_found=parts.append, asked_to_stop=lambda: bool(parts) and parts[-1].n_nulls >= 40)
    stopped = layers_study(lend).get(spec, work).record
    assert [part.n_nulls for part in parts[:31]] == [0] * 31 and stopped.n_layers == 31
    assert len(stopped.layers) == 31 and stopped.n_nulls == 40 and not stopped.is_whole
    assert "(a part: 40 of 62 nulls are in)" in layers_finding([stopped])
    assert "random directions with the same norms at 22 of 31 layers" in reached_sentence(stopped)
    whole = layers_study(lend).get(spec).record
    assert whole.is_whole and "a part" not in layers_finding([whole])
    for before, after in zip(stopped.layers, whole.layers, strict=True):
        assert before.delta_rel.tolist() == after.delta_rel.tolist()
        assert [null.delta_rel.tolist() for null in before.nulls] == [null.delta_rel.tolist() for null in after.nulls[: len(before.nulls)]]
    assert whole.layers[15].norm_largest > 20 * whole.layers[15].norm_median  # a massive activation, as this model has
