"""Clusters: the sign-flip test against all signs, the interval against its test, and its coverage by simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.statistics import mcnemar_exact, wilson_interval
from hypviz.statistics.clusters import clustered_difference, clustered_share, least_clustered, robust_error, sign_flip, student


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_the_sign_flip_test_is_that_of_all_signs(sums: list[int]) -> None:
    flipped = [
        abs(sum(sign * one for sign, one in zip(signs, sums, strict=True))) for signs in itertools.product((-1, 1), repeat=len(sums))
    ]
    assert sign_flip(np.array(sums)) == pytest.approx(np.mean([total >= abs(sum(sums)) for total in flipped]))


@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 6), (3, 9), (40, 70), (200, 230)])
def test_where_every_cluster_is_one_problem_it_is_mcnemars(a: int, b: int) -> None:
    assert sign_flip(np.array([-1] * a + [1] * b + [0] * 5)) == pytest.approx(mcnemar_exact(a, b), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-4, 4)), min_size=1, max_size=30), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_interval_excludes_0_exactly_where_the_test_does(clusters: list[tuple[int, int]], level: float) -> None:
    sizes = np.array([size for size, _ in clusters])
    found = clustered_difference(np.clip([total for _, total in clusters], -sizes, sizes), sizes)
    interval = found.interval(level)
    assert interval.excludes(0.0) == (found.p < 1 - level) and -1 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.n == sizes.sum() and found.p >= found.p_flip


def test_the_error_is_the_clustered_one_written_out() -> None:
    values, ids = np.array([1, 1, 0, 1, 0, 0, 0]), np.array([0, 0, 0, 1, 1, 2, 2])
    rest = values - values.mean()
    crossed = sum(rest[i] * rest[j] for i in range(7) for j in range(7) if ids[i] == ids[j])  # Miller, equation 4
    sums, sizes = np.bincount(ids, weights=values), np.bincount(ids).astype(float)
    assert robust_error(sums, sizes) == pytest.approx(np.sqrt(crossed * 3 / 2) / 7)


def test_clusters_of_one_are_wilsons_but_for_the_few_and_copies_are_worth_one() -> None:
    ones = np.array([1.0] * 300 + [0.0] * 700)
    alone, wilson = clustered_share(ones, np.ones(1000)), wilson_interval(300, 1000)
    assert (alone.low, alone.high) == pytest.approx((wilson.low, wilson.high), abs=1e-3) and alone.n == 1000
    copied = clustered_share(5 * ones, np.full(1000, 5))
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high), abs=1e-3) and copied.n == 5000
    for all_right in (clustered_share(np.full(9, 4), np.full(9, 4)), clustered_share(np.array([4]), np.array([4]))):
        assert all_right.value == all_right.high == 1 and all_right.low < 0.72
    assert clustered_share(np.array([2.0, 2.0]), np.array([4, 4])).low < 0.1  # no spread at all between two


@pytest.mark.parametrize(("n_clusters", "share_a", "share_b"), [(5, 0.3, 0.3), (30, 0.5, 0.7), (100, 0.9, 0.9)])
def test_coverage_with_samples_of_one_problem_that_go_together(n_clusters: int, share_a: float, share_b: float) -> None:
    from scipy.special import ndtr

    dice, sizes = np.random.default_rng(0), np.full(n_clusters, 5)
    covered, shares, naive, repeats = 0, 0, 0, 150
    for _ in range(repeats):
        a, b = (ndtr(0.8 * dice.normal(size=(n_clusters, 1)) + 0.6 * dice.normal(size=(n_clusters, 5))) < s for s in (share_a, share_b))
        interval = clustered_difference(b.sum(axis=1) - a.sum(axis=1), sizes).interval()
        covered += interval.low <= share_b - share_a <= interval.high
        shares += (one := clustered_share(a.sum(axis=1), sizes)).low <= share_a <= one.high
        naive += (one := wilson_interval(int(a.sum()), 5 * n_clusters)).low <= share_a <= one.high
    assert covered / repeats > 0.92 and shares / repeats > 0.9 > naive / repeats


def test_the_difference_that_would_show_does_with_that_chance() -> None:
    error, dice = 0.02, np.random.default_rng(3)
    shown = least_clustered(error, 200, alpha=0.05, power=0.8)
    assert np.mean(dice.normal(shown, error, 100_000) > student(201, 0.95) * error) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(("sums", "sizes"), [([], []), ([2], [1]), ([1, 1], [1]), ([0], [0])])
def test_what_is_no_cluster_is_refused(sums: list[int], sizes: list[int]) -> None:
    with pytest.raises(HypvizError, match="at least one"):
        clustered_difference(np.array(sums), np.array(sizes))


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(HypvizError, match="between 0 and 1"):
        student(3, 1.0)
