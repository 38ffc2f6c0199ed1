"""Spearman judged by scipy, ties included; its interval by resampling spelled out and by coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError, Stopped
from hypviz.statistics import spearman, spearman_interval
from hypviz.statistics.correlation import _ranking, _weighted
from tests.watching import Watcher


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(-4, 4)), min_size=3, max_size=60))
@settings(max_examples=100, deadline=None)
def test_spearman_agrees_with_scipy_with_many_ties(pairs):
    from scipy.stats import spearmanr

    x, y = np.array(pairs).T
    found = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_a_weighted_resample_is_the_resample(seed):
    from scipy.stats import spearmanr

    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 12, 40), rng.normal(size=40)
    picks = rng.integers(0, 40, size=(3, 40))
    weights = np.stack([np.bincount(row, minlength=40) for row in picks]).astype(float)
    expected = [spearmanr(x[row], y[row]).statistic for row in picks]
    assert _weighted(_ranking(x), _ranking(y), weights) == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_only_order_matters(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=30), rng.normal(size=30)
    assert spearman(np.exp(x), y**3) == pytest.approx(spearman(x, y), abs=1e-12)
    assert spearman(-x, y) == pytest.approx(-spearman(x, y), abs=1e-12)


def test_interval_covers_the_rank_correlation_of_the_population():
    rng = np.random.default_rng(2)
    rho = 0.6
    truth = 6 / np.pi * np.arcsin(rho / 2)  # Pearson 1907, bivariate normal
    hits = 0
    for i in range(200):
        x = rng.normal(size=150)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=150)
        hits += not spearman_interval(x, y, seed=i, n_resamples=300).excludes(truth)
    assert 0.88 <= hits / 200 <= 0.99


def test_interval_stops_reports_and_refuses(monkeypatch):
    x, y = np.arange(10), np.arange(10)[::-1]
    watcher = Watcher()
    perfect = spearman_interval(x, y, seed=0, n_resamples=50, work=watcher)
    assert watcher.reports[-1][:2] == (50, 50)
    monkeypatch.setattr("hypviz.statistics.correlation._CHUNK", 30)
    assert spearman_interval(x, np.sqrt(y), seed=0, n_resamples=50).value == -1
    assert perfect.value == perfect.low == perfect.high == -1
    with pytest.raises(Stopped):
        spearman_interval(x, y, seed=0, work=Watcher(stop_at=1))
    with pytest.raises(HypvizError, match="at least 3"):
        spearman(x[:2], y[:2])
    with pytest.raises(HypvizError, match="finite"):
        spearman(x.astype(float), np.where(x == 3, np.nan, y))
    assert spearman_interval(x, np.ones(10), seed=0) is None
