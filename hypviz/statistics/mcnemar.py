"""Two methods on the same items: McNemar's exact test, and the difference of their shares with the interval that belongs to it.

In: how many of n items only one method got right. Out: a p-value, or the `Interval` of share(b) - share(a). The interval at level
1 - alpha excludes 0 if and only if `mcnemar_exact` gives p < alpha, at every level: test and interval are one rule and cannot disagree.

Method: Fay and Lumbard, Statistics in Medicine 40, 2021, 1147-1159. The difference is psi (2 theta - 1), with psi the share of discordant
items and theta the share of b among them. The exact (Clopper-Pearson) limits of each, at a level drawn uniformly, are beta variables;
the lower limit of the difference is the alpha/2 quantile of psi (2 theta - 1) over independent draws, psi being its lower variable
where theta > 1/2 and its upper one elsewhere. That the interval covers with at least its level is conjectured in general by its
authors; `tests/statistics` enumerates it. Where no item is discordant its half-width is 1 - (alpha/2)^(1/n).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import cast

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval

METHOD = "exact, agrees with McNemar's test"
_NODES = 192
_TAIL = 1e-15  # of the density of psi, left out of the quadrature at either end
_XTOL = 1e-12


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided exact p of McNemar's test (Psychometrika 12, 1947): a binomial test of one half among the discordant items.

    `only_a` and `only_b` count the items that exactly one method got right. With no such item p is 1: nothing was seen
    that could tell the methods apart.
    """
    if only_a < 0 or only_b < 0:
        raise HypvizError(f"Counts cannot be negative, but got {only_a} and {only_b}; count the problems only one method got right.")
    if only_a == only_b:
        return 1.0
    from scipy import stats

    return float(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def fewest_discordant(alpha: float) -> int:
    """With fewer items that only one method got right p never falls below `alpha` (0 to 1), were all of one method: 2 (1/2)^k < alpha."""
    return next(k for k in count(1) if 2 * 0.5**k < alpha)


def paired_difference(only_a: int, only_b: int, n: int, level: float = 0.95) -> Interval:
    """(only_b - only_a)/n with its exact limits; absolute error of a limit below 1e-8."""
    if min(only_a, only_b) < 0 or n < 1 or only_a + only_b > n:
        raise HypvizError(f"Discordant counts {only_a} and {only_b} do not fit into {n} items; count each item once.")
    if not 0 < level < 1:
        raise HypvizError(f"A confidence level lies between 0 and 1, but got {level}; 0.95 is the usual choice.")
    tail = (1 - level) / 2
    low, high = _lower(only_a, only_b, n, tail), -_lower(only_b, only_a, n, tail)
    return Interval(value=(only_b - only_a) / n, low=low, high=high, n=n, level=level, method=METHOD)


@lru_cache(maxsize=8192)
def _lower(only_a: int, only_b: int, n: int, tail: float) -> float:
    """The lower limit: above 0 exactly where the one-sided p, P(theta <= 1/2), is below `tail`."""
    from scipy import optimize
    from scipy.special import betainc, betaincinv

    discordant = only_a + only_b
    if only_b == 0:  # theta is 0: minus the upper limit of psi
        return -1.0 if discordant == n else -float(betaincinv(discordant + 1, n - discordant, 1 - tail))
    above = float(betainc(only_b, only_a + 1, 0.5)) < tail
    a, b = (discordant, n - discordant + 1) if above else (discordant + 1, n - discordant)

    def excess(limit: float) -> float:
        return _reached(limit, only_a, only_b, a, b) - tail

    if (excess(0.0) < 0) != above:  # p is the tail to the last digits
        return _XTOL if above else 0.0
    low, high = (0.0, 1.0) if above else (-1.0, 0.0)
    root = cast("float", optimize.brentq(excess, low, high, xtol=_XTOL))
    return max(root, _XTOL) if above else min(root, 0.0)


def _reached(limit: float, only_a: int, only_b: int, a: int, b: int) -> float:
    """P(psi (2 theta - 1) <= limit) for psi ~ Beta(a, b) (the point 1 where b is 0) and theta ~ Beta(only_b, only_a + 1)."""
    from scipy.special import betainc, betaincinv, betaln, xlog1py, xlogy

    size = abs(limit)
    if b == 0:
        return float(betainc(only_b, only_a + 1, (1 + limit) / 2))
    below = float(betainc(a, b, size))  # where psi is smaller than |limit| theta decides nothing
    low, high = max(size, float(betaincinv(a, b, _TAIL))), min(float(betaincinv(a, b, 1 - _TAIL)), 1.0)
    if low >= high:
        return below if limit > 0 else 0.0
    nodes, weights = _legendre()
    psi = low + (high - low) * nodes
    density = np.exp(xlogy(a - 1, psi) + xlog1py(b - 1, -psi) - betaln(a, b))
    theta = betainc(only_b, only_a + 1, (1 + limit / psi) / 2)
    return (below if limit > 0 else 0.0) + float(weights @ (density * theta)) * (high - low)


@lru_cache(maxsize=1)
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2
