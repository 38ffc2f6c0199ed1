"""Partial rank correlation judged by the recursion formula and by least squares; its p-value by simulated truth."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, rankdata, spearmanr

from hypviz.errors import HypvizError, Stopped
from hypviz.statistics.partial_rank import partial_rank_correlation
from tests.watching import Watcher

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 5), st.integers(0, 6)), min_size=6, max_size=50)


def by_least_squares(x, y, held):
    design = np.column_stack([np.ones(len(x)), *(rankdata(column) for column in np.asarray(held).T)])
    rest = [rankdata(v) - design @ np.linalg.lstsq(design, rankdata(v), rcond=None)[0] for v in (x, y)]
    return pearsonr(*rest).statistic


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_with_one_held_variable_it_is_the_recursion_formula(rows):
    x, y, z = np.array(rows).T
    assume(all(np.unique(v).size > 1 for v in (x, y, z)))
    xy, xz, yz = (spearmanr(a, b).statistic for a, b in ((x, y), (x, z), (y, z)))
    found = partial_rank_correlation(x, y, z[:, None], seed=0, n_permutations=1)
    if max(abs(xz), abs(yz)) > 1 - 1e-12:
        assert found is None
    else:
        assert found.value == pytest.approx((xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2)), abs=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(12, 60))
@settings(max_examples=60, deadline=None)
def test_with_several_it_is_the_correlation_of_least_squares_residuals(seed, m, n):
    rng = np.random.default_rng(seed)
    held = rng.integers(0, 15, size=(n, m))
    x, y = held.sum(axis=1) + rng.integers(0, 8, n), rng.normal(size=n) - held[:, 0]
    found = partial_rank_correlation(x, y, held, seed=0, n_permutations=1)
    assert found.value == pytest.approx(by_least_squares(x, y, held), abs=1e-9)
    twice = np.column_stack([held, held[:, 0], np.full(n, 3)])  # said twice, and a constant: nothing more is held
    assert partial_rank_correlation(x, y, twice, seed=0, n_permutations=1).value == pytest.approx(found.value, abs=1e-9)
    again = partial_rank_correlation(np.exp(x / 30), -y, held**3, seed=0, n_permutations=1)
    assert again.value == pytest.approx(-found.value, abs=1e-9)


def test_nothing_held_is_spearman_with_the_exact_permutation_p():
    x, y = np.array([1, 2, 3, 4, 5, 6]), np.array([2, 1, 4, 3, 6, 5])
    found = partial_rank_correlation(x, y, np.empty((6, 0)), seed=1, n_permutations=40_000)
    assert found.value == pytest.approx(spearmanr(x, y).statistic)
    every = np.array([spearmanr(order, y).statistic for order in permutations(x)])
    assert found.p == pytest.approx((np.abs(every) >= abs(found.value) - 1e-12).mean(), abs=0.004)


def test_a_permuted_value_is_the_partial_correlation_of_the_permuted_data():
    """With one permutation `chance` is that draw: hold the same variables fixed in the reassembled rank of x."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=(20, 2))
    x, y = z[:, 0] + rng.normal(size=20), z.sum(axis=1) + rng.normal(size=20)
    design = np.column_stack([np.ones(20), *(rankdata(column) for column in z.T)])
    hat = design @ np.linalg.pinv(design)
    rest = rankdata(x) - hat @ rankdata(x)
    order = np.random.default_rng(7).permuted(np.arange(20.0)[None], axis=1).astype(int)[0]
    assembled = hat @ rankdata(x) + rest[order]
    expected = pearsonr(assembled - hat @ assembled, rankdata(y) - hat @ rankdata(y)).statistic
    assert partial_rank_correlation(x, y, z, seed=7, n_permutations=1).chance == pytest.approx(abs(expected), abs=1e-9)


@pytest.mark.parametrize("levels", [None, 4])
def test_a_shared_cause_alone_is_called_an_effect_one_time_in_twenty(levels):
    """x and y both follow z and nothing else; x continuous, or in four levels like a depth. Binomial(200, 0.05) is within 2 to 20."""
    rng = np.random.default_rng(11)
    false, marginal = 0, 0
    for i in range(200):
        z = rng.normal(size=60)
        x, y = z + rng.normal(size=60), 2 * z + rng.normal(size=60)
        if levels is not None:
            x = np.clip(np.round(x + 1.5), 0, levels - 1)
        false += partial_rank_correlation(x, y, z[:, None], seed=i, n_permutations=99).p <= 0.05
        marginal += spearmanr(x, y).pvalue <= 0.05
    assert marginal > 190  # the cause is strong enough to fool the plain correlation
    assert 2 <= false <= 20


def test_an_effect_beside_the_shared_cause_is_found_and_the_cause_alone_is_not():
    rng = np.random.default_rng(4)
    z = rng.normal(size=200)
    x = z + 0.5 * rng.normal(size=200)
    alone = 2 * z + rng.normal(size=200)
    both = alone + 2 * x
    confounded = partial_rank_correlation(x, alone, z[:, None], seed=0)
    assert abs(spearmanr(x, alone).statistic) > 0.7
    assert confounded.p > 0.05 and abs(confounded.value) < confounded.chance
    real = partial_rank_correlation(x, both, z[:, None], seed=0)
    assert real.p == pytest.approx(1 / 2001) and real.value > real.chance


def test_the_same_seed_is_the_same_answer_however_it_is_cut(monkeypatch):
    rng = np.random.default_rng(5)
    x, y, z = rng.normal(size=(3, 30))
    watcher = Watcher()
    whole = partial_rank_correlation(x, y, z[:, None], seed=2, n_permutations=150, work=watcher)
    assert watcher.reports == [(150, 150, "")]
    monkeypatch.setattr("hypviz.statistics.partial_rank._CHUNK", 30 * 40)
    assert partial_rank_correlation(x, y, z[:, None], seed=2, n_permutations=150, work=watcher) == whole
    assert watcher.reports[1:] == [(40, 150, ""), (80, 150, ""), (120, 150, ""), (150, 150, "")]
    assert partial_rank_correlation(x, y, z[:, None], seed=3, n_permutations=150).p != whole.p
    with pytest.raises(Stopped):
        partial_rank_correlation(x, y, z[:, None], seed=2, work=Watcher(stop_at=1))


def test_nothing_left_is_none_and_what_cannot_be_compared_is_a_sentence():
    x, y, z = np.random.default_rng(6).normal(size=(3, 12))
    assert partial_rank_correlation(np.ones(12), y, z[:, None], seed=0) is None
    assert partial_rank_correlation(x, np.exp(z), z[:, None], seed=0) is None
    with pytest.raises(HypvizError, match=r"\(12,\), \(11,\) and \(12, 1\)"):
        partial_rank_correlation(x, y[:11], z[:, None], seed=0)
    with pytest.raises(HypvizError, match=r"\(11, 1\)"):
        partial_rank_correlation(x, y, z[:11, None], seed=0)
    with pytest.raises(HypvizError, match="at least 5 observations, but got 4"):
        partial_rank_correlation(x[:4], y[:4], z[:4, None], seed=0)
    for bad in (np.nan, np.inf):
        with pytest.raises(HypvizError, match="finite"):
            partial_rank_correlation(x, y, np.where(z == z[3], bad, z)[:, None], seed=0)
    with pytest.raises(HypvizError, match="at least 1 permutation"):
        partial_rank_correlation(x, y, z[:, None], seed=0, n_permutations=0)
