"""McNemar's exact test by exact arithmetic, and its interval: one rule with the test, other quadrature, and coverage."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.special import gammaln, xlogy

from hypviz.errors import HypvizError
from hypviz.statistics.mcnemar import mcnemar_exact, paired_difference

LEVELS = (0.9, 0.95, 1 - 0.05 / 3)


def exact_p(b: int, c: int) -> float:
    """Total probability of outcomes no more likely than the observed one, n = b + c fair coins."""
    n = b + c
    seen = comb(n, b)
    return float(sum((Fraction(comb(n, i), 2**n) for i in range(n + 1) if comb(n, i) <= seen), Fraction(0)))


@given(b=st.integers(0, 120), c=st.integers(0, 120))
@settings(max_examples=80, deadline=None)
def test_mcnemar_is_the_exact_binomial_probability(b, c):
    assert mcnemar_exact(b, c) == pytest.approx(exact_p(b, c), rel=1e-10)
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b)


def test_mcnemar_knows_small_cases_and_survives_large_ones():
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(0, 5) == 2 / 32
    assert mcnemar_exact(1, 7) == pytest.approx(2 * 9 / 256)
    assert 0 < mcnemar_exact(4800, 5200) < 1e-4
    with pytest.raises(HypvizError):
        mcnemar_exact(-1, 3)


def lower_reached(limit: float, only_a: int, only_b: int, n: int) -> float:
    """P(psi (2 theta - 1) <= limit) as Fay and Lumbard define it, the integral over theta instead of psi."""
    discordant = only_a + only_b
    theta = stats.beta(only_b, only_a + 1)
    low, high = stats.beta(discordant, n - discordant + 1), stats.beta(discordant + 1, n - discordant)
    if limit > 0:
        start = (1 + limit) / 2
        rest = quad(lambda t: theta.pdf(t) * low.cdf(limit / (2 * t - 1)), start, 1, epsabs=1e-12, limit=400)[0]
        return float(theta.cdf(start) + rest)
    return quad(lambda t: theta.pdf(t) * high.sf(-limit / (1 - 2 * t)), 0, (1 + limit) / 2, epsabs=1e-12, limit=400)[0]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n", [1, 5, 12, 30])
def test_it_excludes_nought_exactly_where_the_exact_test_rejects(n: int, level: float) -> None:
    for only_a in range(n + 1):
        for only_b in range(n + 1 - only_a):
            assert paired_difference(only_a, only_b, n, level).excludes(0.0) == (mcnemar_exact(only_a, only_b) < 1 - level)


@settings(deadline=None, max_examples=80)
@example(248, 249, 0)
@example(1, 44, 0)  # a node of the integral rounds to 1
@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 2000))
def test_the_level_at_which_it_reaches_nought_is_the_p_of_the_test(only_a: int, only_b: int, rest: int) -> None:
    p, n = mcnemar_exact(only_a, only_b), only_a + only_b + rest + 1
    if 1e-12 < p < 0.998:  # a level of 1 - 1.001 p is one
        assert paired_difference(only_a, only_b, n, 1 - p * 1.001).excludes(0.0)
        assert not paired_difference(only_a, only_b, n, 1 - p * 0.999).excludes(0.0)


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(7, 1, 21), (3, 9, 50), (0, 6, 30), (1, 1, 900), (0, 1, 40), (60, 90, 1319)])
def test_the_limits_are_the_quantiles_of_the_definition(only_a: int, only_b: int, n: int) -> None:
    found = paired_difference(only_a, only_b, n)
    assert lower_reached(found.low, only_a, only_b, n) == pytest.approx(0.025, abs=1e-7)
    if only_a:
        assert lower_reached(-found.high, only_b, only_a, n) == pytest.approx(0.025, abs=1e-7)


def test_the_limits_are_those_of_independent_draws() -> None:
    dice = np.random.default_rng(5)
    draws = 400_000
    theta, low, high = (dice.beta(a, b, draws) for a, b in ((14, 7), (20, 61), (21, 60)))
    drawn = (2 * theta - 1) * np.where(theta > 0.5, low, high)
    assert paired_difference(6, 14, 80).low == pytest.approx(np.quantile(drawn, 0.025), abs=1e-3)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 300))
def test_limits_mirror_each_other_hold_the_estimate_and_are_nested(only_a: int, only_b: int, rest: int) -> None:
    n = only_a + only_b + rest
    found, mirrored = paired_difference(only_a, only_b, n), paired_difference(only_b, only_a, n)
    assert -1 <= found.low <= found.value <= found.high <= 1 and found.low < found.high and found.n == n
    assert (mirrored.low, mirrored.high) == (-found.high, -found.low)
    wider = paired_difference(only_a, only_b, n, 0.99)
    assert wider.low <= found.low and found.high <= wider.high


@pytest.mark.parametrize("n", [1, 5, 20, 100, 3000])
def test_without_a_discordant_item_the_interval_has_its_known_width(n: int) -> None:
    found = paired_difference(0, 0, n)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / n), rel=1e-9) and found.low == -found.high
    all_of_them = paired_difference(0, n, n)
    assert all_of_them.high == 1.0 and paired_difference(n, 0, n).low == -1.0


@pytest.mark.parametrize("level", [0.95, 1 - 0.05 / 3])
@pytest.mark.parametrize("n", [2, 7, 15, 26])
def test_it_covers_every_difference_with_its_level(n: int, level: float) -> None:
    """All outcomes enumerated, at 861 pairs of chances, those in which every item is discordant among them."""
    counts = np.array([(a, b) for a in range(n + 1) for b in range(n + 1 - a)])
    found = [paired_difference(int(a), int(b), n, level) for a, b in counts]
    low, high = np.array([i.low for i in found]), np.array([i.high for i in found])
    rest = n - counts.sum(axis=1)
    ways = gammaln(n + 1) - gammaln(counts + 1).sum(axis=1) - gammaln(rest + 1)
    for a in range(41):
        for b in range(41 - a):
            p_a, p_b = a / 40, b / 40
            chance = np.exp(ways + xlogy(counts[:, 0], p_a) + xlogy(counts[:, 1], p_b) + xlogy(rest, max(0.0, 1 - p_a - p_b)))
            covered = chance[(low - 1e-9 <= p_b - p_a) & (p_b - p_a <= high + 1e-9)].sum()
            assert covered >= level - 1e-9, (p_a, p_b, covered)


@pytest.mark.parametrize("counts", [(-1, 0, 5), (3, 3, 5), (0, 0, 0)])
def test_counts_that_do_not_fit_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(HypvizError):
        paired_difference(*counts)
