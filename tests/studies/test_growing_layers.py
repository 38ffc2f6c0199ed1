"""Layers as they come: measured values before nulls, no verdict before its null, a stop keeps what there is, and the rest follows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hypviz.cli.generate import lender
from hypviz.corpora import corpus_from_bytes
from hypviz.errors import Stopped
from hypviz.hyperbolicity import nulls_of
from hypviz.hyperbolicity.nulls import OF_LAYERS
from hypviz.models import resolve
from hypviz.plots.layers import QUANTITIES, layers_chart, quantity_chart
from hypviz.records.answers import Column
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME
from hypviz.records.layers import LayerStudy
from hypviz.studies import layers
from hypviz.studies.layers import layers_spec, layers_study
from hypviz.words.layers import layer_sentence, reached_sentence
from hypviz.work import Work
from tests.checkpoints import SENTENCES
from tests.watching import Watcher

BASE = Column(name="base")
VERDICTS = (LOWER, SAME, HIGHER)
OF_EACH = nulls_of(OF_LAYERS)
CORPUS = corpus_from_bytes("\n".join(SENTENCES[:4]).encode("utf-8"), "sentences.txt")


@pytest.fixture
def ref(tiny_llama):
    return resolve(str(tiny_llama))


def measured(ref, *, stop_when: Callable[[LayerStudy], bool] = lambda study: False, seed: int = 0, **options):
    """The lookup and every part on the way, stopped after the first part of which `stop_when` is true."""
    parts: list[LayerStudy] = []
    work = Work(on_found=parts.append, asked_to_stop=lambda: bool(parts) and stop_when(parts[-1]))
    return layers_study(lender(ref), **options).get(layers_spec(ref, CORPUS, BASE, seed=seed), work), parts


def same(one: LayerStudy, other: LayerStudy) -> bool:
    def arrays(study: LayerStudy) -> list[list[float]]:
        return [state.delta_rel.tolist() + [v for null in state.nulls for v in null.delta_rel.ravel()] for state in study.layers]

    return arrays(one) == arrays(other) and one.asked == other.asked


def test_measured_values_come_first_then_null_by_null_at_every_layer(ref):
    found, parts = measured(ref)
    n = found.record.n_layers
    assert found.record.is_whole and found.record.n_nulls == n * len(OF_EACH)
    seen = [(len(part.layers), part.n_nulls) for part in parts]
    assert seen == [(k, 0) for k in range(1, n + 1)] + [(n, k) for k in range(1, n * len(OF_EACH) + 1)]
    for part in parts:  # a null begins when the one before is at every layer
        counts = [len(state.nulls) for state in part.layers]
        assert max(counts) - min(counts) <= 1 and counts == sorted(counts, reverse=True)


def test_no_verdict_before_its_null_and_every_title_over_a_part_says_so(ref):
    _, parts = measured(ref)
    for part in parts:
        title = layers_chart([part], names={"base": "Base"}).title
        assert ("a part" in title) == (not part.is_whole) and (reached_sentence(part) == "") == part.is_whole
        if not part.is_whole:
            assert f"{part.n_nulls} of {part.n_nulls_asked} nulls" in title
        for state in part.layers:
            words = layer_sentence(part, state.layer)
            assert (state.verdict is None) == (not state.nulls)
            assert sum(words.count(f"({null.mean:.3f})") for null in state.nulls) >= len(state.nulls)
            if not state.nulls:
                assert "not compared with chance yet" in words
                assert not any(verdict in words for verdict in VERDICTS) and not any(v.removesuffix("chance") in words for v in VERDICTS)
        if not any(state.nulls for state in part.layers if state.layer):
            assert "not compared" in title
        for quantity in QUANTITIES:
            assert quantity_chart([part], quantity, names={"base": "Base"}).figure.data


@pytest.mark.parametrize(
    "stop_when",
    [
        pytest.param(lambda part: len(part.layers) == 1, id="after one layer"),
        pytest.param(lambda part: len(part.layers) == part.n_layers, id="before any null"),
        pytest.param(lambda part: part.n_nulls == 1, id="after one null"),
        pytest.param(lambda part: part.n_nulls == part.n_layers + 1, id="within the second null"),
    ],
)
def test_a_stop_keeps_what_there_is_and_the_next_start_goes_on(ref, stop_when, monkeypatch, tmp_path):
    stopped, parts = measured(ref, stop_when=stop_when)
    assert not stopped.record.is_whole and same(stopped.record, parts[-1])
    again, _ = measured(ref, stop_when=lambda part: True)  # stopped while the states are read again
    assert same(again.record, stopped.record)
    whole, parts = measured(ref)
    assert whole.record.is_whole and same(parts[0], stopped.record)
    assert not [part for part in parts if part.n_nulls < stopped.record.n_nulls or len(part.layers) < len(stopped.record.layers)]
    monkeypatch.setenv("HYPVIZ_CACHE", str(tmp_path / "other"))
    assert same(measured(ref)[0].record, whole.record)  # as if it had never been stopped


def test_values_without_nulls_can_be_asked_for_first(ref):
    first, _ = measured(ref, measured_only=True)
    assert len(first.record.layers) == first.record.n_layers and first.record.n_nulls == 0
    again, parts = measured(ref, measured_only=True)
    assert same(again.record, first.record) and len(parts) == 1
    assert measured(ref)[0].record.is_whole
    assert measured(ref, measured_only=True)[0].from_store


def test_other_states_than_those_of_the_part_begin_anew(ref, monkeypatch):
    measured(ref, stop_when=lambda part: part.n_nulls == 1)
    before = layers.hidden_states
    monkeypatch.setattr(layers, "hidden_states", lambda model, ids: 1.5 * before(model, ids))
    whole, parts = measured(ref)
    assert min(len(part.layers) for part in parts) == 1 and whole.record.is_whole
    assert whole.record.layers[1].norm_median == pytest.approx(1.5 * parts[0].layers[1].norm_median, rel=1e-5)


def test_a_stop_before_the_first_layer_is_one_sentence(ref):
    with pytest.raises(Stopped):
        layers_study(lender(ref)).get(layers_spec(ref, CORPUS, BASE), Watcher(stop_at=1))


def test_seconds_add_up_over_stops(ref):
    stopped, _ = measured(ref, stop_when=lambda part: part.n_nulls == 1)
    whole, _ = measured(ref)
    assert whole.record.provenance.seconds > stopped.record.provenance.seconds > 0
    assert np.isfinite(whole.record.provenance.seconds)
