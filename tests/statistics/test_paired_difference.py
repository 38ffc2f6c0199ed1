"""Tango's interval: a published example, the definition of its score, symmetry, and its true coverage by enumeration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import multinomial

from hypviz.errors import HypvizError
from hypviz.statistics.paired_difference import paired_difference, score

Z = 1.959963984540054


def test_a_published_example() -> None:
    """Airway hyper-responsiveness before and after transplantation, counts 1, 1, 7, 12 (Fagerland et al., Stat. Med. 33, 2014)."""
    found = paired_difference(7, 1, 21)
    assert (round(found.low, 3), round(found.high, 3), found.n) == (-0.517, -0.026, 21)


@pytest.mark.parametrize(("only_a", "only_b", "n", "difference"), [(7, 1, 21, -0.1), (3, 9, 50, 0.3), (0, 4, 30, -0.2), (5, 5, 40, 0.15)])
def test_the_score_uses_the_constrained_maximum_of_the_likelihood(only_a: int, only_b: int, n: int, difference: float) -> None:
    def loss(p: float) -> float:
        rest = 1 - 2 * p - difference
        terms = ((only_a, p), (only_b, p + difference), (n - only_a - only_b, rest))
        return -sum(count * math.log(q) for count, q in terms if count)

    low = max(0.0, -difference) + 1e-12
    best = minimize_scalar(loss, bounds=(low, (1 - difference) / 2 - 1e-12), method="bounded", options={"xatol": 1e-12}).x
    expected = (only_b - only_a - n * difference) / math.sqrt(n * (2 * best + difference * (1 - difference)))
    assert score(only_a, only_b, n, difference) == pytest.approx(expected, rel=1e-5)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 300))
def test_the_limits_are_where_the_score_is_z_and_mirror_each_other(only_a: int, only_b: int, rest: int) -> None:
    n = only_a + only_b + rest
    found, mirrored = paired_difference(only_a, only_b, n), paired_difference(only_b, only_a, n)
    assert -1 <= found.low <= found.value <= found.high <= 1 and found.low < found.high
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), abs=1e-9)
    for limit, target in ((found.low, Z), (found.high, -Z)):
        if abs(limit) < 1 - 1e-9:
            assert score(only_a, only_b, n, limit) == pytest.approx(target, abs=1e-5)


@pytest.mark.parametrize("n", [5, 20, 100])
def test_without_a_discordant_item_the_interval_has_its_known_width(n: int) -> None:
    found = paired_difference(0, 0, n)
    assert found.high == pytest.approx(Z**2 / (n + Z**2), abs=1e-9) and found.low == pytest.approx(-found.high)


@pytest.mark.parametrize(("n", "p_a", "p_b"), [(20, 0.2, 0.1), (25, 0.05, 0.3), (30, 0.1, 0.1)])
def test_coverage_by_enumeration_is_near_its_level(n: int, p_a: float, p_b: float) -> None:
    covered = sum(
        multinomial.pmf([a, b, n - a - b], n, [p_a, p_b, 1 - p_a - p_b])
        for a in range(n + 1)
        for b in range(n + 1 - a)
        if not paired_difference(a, b, n).excludes(p_b - p_a)
    )
    assert 0.93 < float(np.asarray(covered)) < 0.98


@pytest.mark.parametrize("counts", [(-1, 0, 5), (3, 3, 5), (0, 0, 0)])
def test_counts_that_do_not_fit_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(HypvizError):
        paired_difference(*counts)
