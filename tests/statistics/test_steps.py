"""Means and ratios over the steps of a process: laws, coverage under correlation, and where no ratio can be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.statistics.steps import block_means, mean_over_steps, n_blocks, ratio_over_steps, whole_blocks


def correlated(n: int, rho: float, rng: np.random.Generator, mean: float = 0.0) -> np.ndarray:
    """A stationary autoregression (n,) of variance 1."""
    noise = rng.normal(0, 1, n)
    out = np.empty(n)
    out[0] = noise[0]
    for i in range(1, n):
        out[i] = rho * out[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    return out + mean


@given(st.integers(5, 500))
def test_blocks_are_equal_and_hardly_a_step_is_left_out(n):
    m = whole_blocks(n)
    assert m % n_blocks(m) == 0 and n - m < 10 and 5 <= n_blocks(m) <= 10
    assert block_means(np.arange(m, dtype=float)).mean() == pytest.approx((m - 1) / 2)


def test_what_cannot_be_cut_is_refused_with_the_number_that_can():
    assert whole_blocks(4) == 0
    with pytest.raises(HypvizError, match="the last 10 of them"):
        mean_over_steps(np.ones(11))
    with pytest.raises(HypvizError, match="equally long"):
        ratio_over_steps(np.ones(10), np.ones(15))


def test_the_interval_is_student_t_over_block_means():
    values = np.array([1.0, 3.0, 2.0, 4.0, 6.0, 4.0, 5.0, 1.0, 2.0, 2.0])  # blocks 2, 3, 5, 3, 2
    found = mean_over_steps(values)
    assert (found.value, found.n) == (3.0, 10)
    assert found.high - found.value == pytest.approx(2.7764451 * np.std([2, 3, 5, 3, 2], ddof=1) / np.sqrt(5), rel=1e-6)


@pytest.mark.parametrize("n", [10, 30, 150])
def test_correlated_steps_do_not_make_it_too_sure(n):
    """Two standard errors over single steps are right for independent ones only; blocks lose far less of their level."""
    rng = np.random.default_rng(n)
    blocks = naive = 0
    for _ in range(600):
        values = correlated(n, 0.5, rng)
        found = mean_over_steps(values)
        blocks += not found.excludes(0.0)
        naive += abs(values.mean()) <= 2 * values.std(ddof=1) / np.sqrt(n)
    assert naive < 0.8 * 600 and blocks > 0.85 * 600


def test_independent_steps_keep_their_level():
    rng = np.random.default_rng(0)
    inside = sum(not mean_over_steps(rng.normal(0, 1, 30)).excludes(0.0) for _ in range(1000))
    assert 0.93 < inside / 1000 < 0.97


def test_a_ratio_is_covered_at_its_level():
    rng = np.random.default_rng(1)
    inside = told = 0
    for _ in range(800):
        whole = rng.normal(1.0, 1.0, 30)
        found = ratio_over_steps(0.7 * whole + rng.normal(0, 0.3, 30), whole)
        if found is not None:
            told, inside = told + 1, inside + (not found.excludes(0.7))
    assert told > 700 and 0.92 < inside / told < 0.98


def test_a_ratio_is_told_exactly_where_the_whole_is_told_apart_from_nothing():
    rng = np.random.default_rng(2)
    kinds = set()
    for _ in range(300):
        whole, part = rng.normal(0.3, 1.0, 30), rng.normal(0.2, 1.0, 30)
        apart, found = mean_over_steps(whole).excludes(0.0), ratio_over_steps(part, whole)
        assert (found is not None) == apart
        if found is not None:
            assert found.low <= found.value <= found.high
        kinds.add(apart)
    assert kinds == {True, False}


def test_a_constant_part_has_an_exact_ratio():
    whole = np.linspace(1.0, 2.0, 20)
    found = ratio_over_steps(0.25 * whole, whole)
    assert (found.low, found.value, found.high) == pytest.approx((0.25, 0.25, 0.25))
