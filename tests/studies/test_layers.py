"""Layers in context: states as the model gives them, norms and dimension by their definitions, adapters, what is left out and stored."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from hypviz.bundled import BUNDLED_SOURCE
from hypviz.cli.generate import lender
from hypviz.corpora import corpus_from_bytes
from hypviz.errors import HypvizError, Stopped
from hypviz.generate import hidden_states
from hypviz.hyperbolicity import ALL_BASES, GAUSSIAN, N_REPEATS, delta_at_base, euclidean_distances, four_point_delta, nulls_of
from hypviz.hyperbolicity.nulls import OF_LAYERS
from hypviz.models import encode_prompts, load_model, resolve
from hypviz.plots.layers import QUANTITIES, layers_chart, quantity_chart
from hypviz.records.answers import Column
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME
from hypviz.records.layers import LayerStudy
from hypviz.runs import shipped
from hypviz.store import Store
from hypviz.studies.layers import layers_spec, layers_study
from hypviz.studies.vocabulary_delta import VOCABULARY, look_at_prompt, vocabulary_spec
from hypviz.words.layers import layer_sentence, layers_finding, points_sentence
from tests.checkpoints import SENTENCES
from tests.watching import Watcher

BASE = Column(name="base")


@pytest.fixture(scope="module")
def corpus():
    return corpus_from_bytes("\n".join([*SENTENCES[:5], "a"]).encode("utf-8"), "sentences.txt")


@pytest.fixture
def ref(tiny_llama):
    return resolve(str(tiny_llama))


def measured(ref, corpus, **options) -> LayerStudy:
    """The whole record of the base."""
    return layers_study(lender(ref)).get(layers_spec(ref, corpus, BASE, **options)).record


def test_layers_are_the_models_own_states(ref, corpus):
    study = measured(ref, corpus, nulls=(GAUSSIAN,))
    model, encoded = load_model(ref, dtype="float32"), encode_prompts(ref, corpus.texts)
    assert (study.n_too_short, study.prompt.tolist()) == (1, [0, 1, 2, 3, 4])
    assert len(study.layers) == model.config.num_hidden_layers + 1
    states = [hidden_states(model, encoded[i]) for i in study.prompt]
    for layer, state in enumerate(study.layers):
        points = [np.unique(s[layer].astype(np.float64), axis=0, return_index=True)[1] for s in states]
        for i, first in enumerate(points):
            D = euclidean_distances(states[i][layer][np.sort(first)])
            assert state.delta_rel[i] == pytest.approx(2 * delta_at_base(D) / D.max(), abs=1e-6)
        rows = np.unique(np.concatenate([s[layer] for s in states]), axis=0).astype(np.float64)
        norm = np.linalg.norm(rows, axis=1)
        assert state.norm_median == pytest.approx(np.median(norm), rel=1e-6) and state.norm_largest == pytest.approx(norm.max(), rel=1e-6)
        assert state.radius_median == pytest.approx(np.median(norm) / np.sqrt(rows.shape[1]), rel=1e-6)
        values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
        assert state.effective_dimension == pytest.approx(values.sum() ** 2 / (values**2).sum(), rel=1e-5)
        assert state.top_share == pytest.approx(values[0] / values.sum(), rel=1e-5)
        assert state.verdict in (LOWER, SAME, HIGHER) and state.nulls[0].delta_rel.shape == (N_REPEATS, 5)


def test_the_first_position_can_be_left_out_and_delta_taken_over_all_bases(ref, corpus):
    kept = measured(ref, corpus, nulls=(GAUSSIAN,))
    dropped = measured(ref, corpus, nulls=(GAUSSIAN,), drop_first=True, definition=ALL_BASES)
    assert (dropped.n_points == kept.n_points - 1).all() and dropped.first_dropped
    model, ids = load_model(ref, dtype="float32"), encode_prompts(ref, corpus.texts)[0]
    D = euclidean_distances(hidden_states(model, ids)[-1][1:])
    assert dropped.layers[-1].delta_rel[0] == pytest.approx(2 * four_point_delta(D).lower / D.max(), abs=1e-6)
    assert "first position left out" in points_sentence(dropped) and "first position kept" in points_sentence(kept)


def test_the_second_time_no_model_is_opened_and_the_record_survives_json(ref, corpus):
    spec = layers_spec(ref, corpus, BASE, limit=3)
    first = layers_study(lender(ref)).get(spec)

    @contextlib.contextmanager
    def closed():
        pytest.fail("the model was opened again")
        yield

    again = layers_study(closed).get(spec)
    assert again.from_store and not first.from_store
    assert [s.delta_rel.tolist() for s in again.record.layers] == [s.delta_rel.tolist() for s in first.record.layers]
    assert [null.name for null in again.record.layers[0].nulls] == list(nulls_of(OF_LAYERS))
    with pytest.raises(Stopped):
        layers_study(lender(ref)).get(layers_spec(ref, corpus, BASE, limit=2), Watcher(stop_at=1))
    with pytest.raises(HypvizError, match="None of the 1 prompts"):
        measured(ref, corpus_from_bytes(b"a\n", "a.txt"))


@pytest.mark.slow
def test_an_adapter_changes_layers_after_the_first_and_one_figure_holds_all():
    ref = resolve(BUNDLED_SOURCE)
    corpus = corpus_from_bytes("\n".join(SENTENCES[:6]).encode("utf-8"), "sentences.txt")
    columns = [BASE, *(Column(name=m.method, adapter=m.adapter) for m in shipped()[0].members)]
    lend, studies = lender(ref), []
    for column in columns:
        studies.append(layers_study(lend).get(layers_spec(ref, corpus, column, nulls=(GAUSSIAN, "directions")), store=Store()).record)
    base, lora, scaled, hyplora = studies
    assert (base.layers[0].delta_rel == lora.layers[0].delta_rel).all()
    assert (np.abs(base.layers[-1].delta_rel - lora.layers[-1].delta_rel) > 1e-4).any()
    for other in (lora, scaled):
        assert (np.abs(hyplora.layers[-1].delta_rel - other.layers[-1].delta_rel) > 1e-6).any()
    # chance depends on the shape of the points only, so that all columns and inner layers share it
    assert (base.layers[1].nulls[0].delta_rel == hyplora.layers[-1].nulls[0].delta_rel).all()
    titles = {"base": "Base", "lora": "LoRA", "scaled-lora": "Scaled LoRA", "hyplora": "HypLoRA"}
    chart = layers_chart(studies, names=titles)
    assert set(titles.values()) <= {trace.name for trace in chart.figure.data}
    assert len(chart.data) == 4 * len(base.layers) and chart.title == layers_finding(studies)
    for quantity in QUANTITIES:
        drawn = quantity_chart(studies, quantity, names=titles).figure.data
        assert [list(t.y) for t in drawn] == [[getattr(s, quantity) for s in study.layers] for study in studies]


def test_the_finding_counts_blocks_below_each_null(ref, corpus):
    study = measured(ref, corpus)
    inner = study.layers[1:]
    below = sum(s.nulls[0].comparison.verdict == LOWER for s in inner)
    norms = sum(s.nulls[1].comparison.verdict == LOWER for s in inner)
    title = layers_finding([study])
    assert f"after {below} of {len(inner)} blocks" in title and title.endswith(f"after {norms or 'none'}")
    assert f"({study.layers[1].nulls[2].mean:.3f})" in layer_sentence(study, 1)


def test_a_sample_of_the_vocabulary_is_certified_with_its_witnesses(ref):
    watcher = Watcher()
    found = VOCABULARY.get(vocabulary_spec(ref, n_points=40, seed=2, nulls=(GAUSSIAN,)), watcher).record
    from hypviz.models import read_embeddings

    rows = read_embeddings(ref).values
    a, b, c, d = (rows[i].astype(np.float64) for i in found.witnesses)

    def far(x, y):
        return float(np.linalg.norm(x - y))

    value = far(a, b) + far(c, d) - max(far(a, c) + far(b, d), far(a, d) + far(b, c))
    assert value / 2 == pytest.approx(found.lower, rel=1e-6) and found.exact
    assert found.base_deltas.max() == pytest.approx(found.lower, abs=2e-8 * found.diameter) and found.base_deltas.size == found.n_points
    assert found.average.low < found.average.value < found.average.high < found.lower
    assert found.nulls[0].delta_rel.shape == (N_REPEATS, 1) and any(text.startswith("δ between") for _, _, text in watcher.reports)
    assert watcher.shares == sorted(watcher.shares) and watcher.shares[-1] == pytest.approx(1.0)
    with pytest.raises(HypvizError, match="at least 4"):
        VOCABULARY.get(vocabulary_spec(ref, n_points=3))


def test_a_prompt_is_taken_apart(ref):
    from hypviz.models import read_embeddings

    ids = encode_prompts(ref, [SENTENCES[0]])[0]
    found = look_at_prompt(read_embeddings(ref), [*ids, *ids])
    assert found.ids.tolist() == list(dict.fromkeys(ids))
    assert (found.sums[0] - found.sums[1:].max()) / 2 == pytest.approx(found.lower, abs=1e-9)
    assert found.base_deltas.max() == pytest.approx(found.lower, abs=1e-7)
    with pytest.raises(HypvizError, match="distinct tokens"):
        look_at_prompt(read_embeddings(ref), ids[:2])


def test_every_layer_is_measured_on_the_same_prompts(ref):
    """A prompt of one repeated word has few points before the first block and many after it."""
    repeated = corpus_from_bytes(f"{SENTENCES[0]}\n{' '.join('a' * 12)}\n{SENTENCES[1]}\n".encode(), "repeated.txt")
    study = measured(ref, repeated, nulls=(GAUSSIAN,))
    assert {state.delta_rel.size for state in study.layers} == {study.prompt.size}
    assert 1 not in study.prompt and study.n_too_short == 1
