"""What ranks a vocabulary: counts, then the probe where it beats the token's number; stored, and the same for every layout."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from hypviz.corpora import corpus_from_bytes
from hypviz.models import count_tokens, read_token_table, resolve
from hypviz.records.specs.disk import LayoutSpec, MatrixRows, ModelRows, RanksSpec
from hypviz.statistics import spearman
from hypviz.studies.disk import RANKS, lay_out, ranks
from hypviz.words.disk import how_it_was_made
from tests.checkpoints import SENTENCES

N, D = 600, 12


@pytest.fixture
def ref(tiny_llama: Path):
    return resolve(str(tiny_llama))


@pytest.fixture(scope="module")
def corpus():
    return corpus_from_bytes("\n".join(SENTENCES).encode("utf-8"), "sentences.txt")


@pytest.fixture(scope="module")
def rate() -> np.ndarray:
    """How often each row of the planted matrix would be counted, log-linear in the row."""
    rng = np.random.default_rng(0)
    return np.exp(2.0 * rng.normal(size=(N, D)) @ rng.normal(size=D) / np.sqrt(D))


@pytest.fixture(scope="module")
def planted(rate) -> MatrixRows:
    values = np.random.default_rng(0).normal(size=(N, D)).astype(np.float32)
    counts = np.random.default_rng(1).poisson(rate)
    return MatrixRows(values=values, counts=counts, label="planted.npy", counts_label="counts.txt", fingerprint="planted")


def _spec(rows: MatrixRows | ModelRows, **changed) -> LayoutSpec:
    return LayoutSpec(**({"rows": rows, "method": "pca"} | changed))


def test_tokens_never_counted_follow_by_what_their_rows_predict(planted, rate) -> None:
    layout = lay_out(_spec(planted)).record
    never = layout.counts == 0
    assert layout.ranked_by_probe and layout.n_uncounted == never.sum() > 100 and (np.diff(layout.counts) <= 0).all()
    assert spearman(-np.arange(never.sum()), rate[layout.token_ids[never]]) > 0.8
    assert layout.probe is not None and layout.probe.n_counted == N - layout.n_uncounted
    assert any("follow as a ridge probe" in line for line in how_it_was_made(layout))
    some = lay_out(_spec(planted, n_tokens=N - layout.n_uncounted + 20)).record
    assert some.token_ids.tolist() == layout.token_ids[: len(some.token_ids)].tolist() and some.n_uncounted == 20


def test_where_the_probe_is_no_better_the_number_ranks_and_the_figures_stay(planted) -> None:
    mixed = np.random.default_rng(2).permutation(planted.counts)
    rows = dataclasses.replace(planted, counts=mixed, fingerprint="mixed")
    layout = lay_out(_spec(rows)).record
    never = layout.token_ids[layout.counts == 0]
    assert layout.probe is not None and not layout.probe.is_better and not layout.ranked_by_probe
    assert (np.diff(never) > 0).all() and any("in row order, because a probe" in line for line in how_it_was_made(layout))


def test_where_all_were_counted_or_too_few_there_is_no_probe(planted) -> None:
    for name, counts in (("all", planted.counts + 1), ("few", np.r_[np.arange(1, 6), np.zeros(N - 5, dtype=np.int64)])):
        layout = lay_out(_spec(dataclasses.replace(planted, counts=counts, fingerprint=name))).record
        assert layout.probe is None and not layout.ranked_by_probe and (np.diff(layout.counts) <= 0).all()


def test_radius_is_correlated_with_the_ranks_of_all_and_with_the_counts_of_the_counted(planted) -> None:
    layout = lay_out(_spec(planted, method="norm-radius")).record
    counted = layout.counts > 0
    assert layout.quality.radius_spearman == pytest.approx(spearman(layout.rho, -np.arange(N)))
    assert layout.quality.radius_count_spearman == pytest.approx(spearman(layout.rho[counted], layout.counts[counted]))
    by_rank = lay_out(_spec(planted)).record.quality
    assert by_rank.radius_spearman == pytest.approx(-1.0) and by_rank.radius_count_spearman < -0.9


def test_a_model_is_ranked_once_for_every_method_table_and_seed(ref, corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lay_out(_spec(ModelRows(model=ref), counts=corpus)).record
    monkeypatch.setattr(ranks, "fit_rank_probe", lambda *a, **b: pytest.fail("it was fitted again"))
    for changed in ({"method": "norm-radius"}, {"seed": 3}, {"rows": ModelRows(model=ref, table="output")}):
        other = lay_out(dataclasses.replace(_spec(ModelRows(model=ref), counts=corpus), **changed)).record
        assert other.token_ids.tolist() == first.token_ids.tolist() and other.probe == first.probe


def test_nobody_waits_for_the_ranks_of_tokens_that_are_not_drawn(planted, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ranks, "fit_rank_probe", lambda *a, **b: pytest.fail("none of these was never counted"))
        some = lay_out(_spec(planted, n_tokens=int((planted.counts > 0).sum()))).record
    whole = lay_out(_spec(planted)).record
    assert some.n_uncounted == 0 and some.probe is None
    assert some.token_ids.tolist() == whole.token_ids[: len(some.token_ids)].tolist()


def test_special_tokens_are_ranked_but_their_zeros_are_not_believed(ref, corpus) -> None:
    found = RANKS.get(RanksSpec(rows=ModelRows(model=ref), counts=corpus)).record
    table = read_token_table(ref)
    assert found.findings is not None and found.findings.n_countable == (table.has_token & ~table.is_special).sum()
    assert found.counts.tolist() == count_tokens(ref, corpus).counts.tolist()
    assert (found.score[~table.has_token] == 0).all() and len(found.score) == len(table.text)


def test_without_counts_nothing_is_fitted_and_the_token_id_is_the_rank(ref, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "fit_rank_probe", lambda *a, **b: pytest.fail("there is nothing to fit"))
    layout = lay_out(_spec(ModelRows(model=ref))).record
    assert layout.probe is None and layout.token_ids.tolist() == sorted(layout.token_ids.tolist())
    assert layout.quality.radius_spearman == pytest.approx(-1.0) and layout.quality.radius_count_spearman is None
