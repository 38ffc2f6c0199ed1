"""The difference of two proportions on the same items, with Tango's score interval (Statistics in Medicine 17, 1998).

In: how many of n items only one method got right. Out: `Interval` of share(b) - share(a). Unlike the Wald interval it has a
width when no item is discordant: +- z^2/(n + z^2).
"""

from __future__ import annotations

import math
from statistics import NormalDist

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval


def paired_difference(only_a: int, only_b: int, n: int, level: float = 0.95) -> Interval:
    """(only_b - only_a)/n with the limits where the score statistic is +-z; exact to 1e-9."""
    if min(only_a, only_b) < 0 or n < 1 or only_a + only_b > n:
        raise HypvizError(f"Discordant counts {only_a} and {only_b} do not fit into {n} items; count each item once.")
    if not 0 < level < 1:
        raise HypvizError(f"A confidence level lies between 0 and 1, but got {level}; 0.95 is the usual choice.")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    value = (only_b - only_a) / n
    low = _crossing(only_a, only_b, n, z, inside=value, outside=-1.0)
    high = _crossing(only_a, only_b, n, -z, inside=value, outside=1.0)
    return Interval(value=value, low=low, high=high, n=n, level=level, method="Tango score, paired")


def score(only_a: int, only_b: int, n: int, difference: float) -> float:
    """The score statistic of the hypothesis that share(b) - share(a) is `difference`, |difference| < 1."""
    p_only_a = _constrained(only_a, only_b, n, difference)
    variance = n * (2 * p_only_a + difference * (1 - difference))
    distance = only_b - only_a - n * difference
    if variance <= 0:
        return 0.0 if distance == 0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def _constrained(only_a: int, only_b: int, n: int, difference: float) -> float:
    """Maximum-likelihood probability that only a is right, given the difference: the larger root of a quadratic."""
    linear = -only_b - only_a + (2 * n - only_b + only_a) * difference
    constant = -only_a * difference * (1 - difference)
    root = (math.sqrt(max(linear * linear - 8 * n * constant, 0.0)) - linear) / (4 * n)
    return max(root, 0.0, -difference)


def _crossing(only_a: int, only_b: int, n: int, target: float, *, inside: float, outside: float) -> float:
    """Where the falling score statistic equals `target`, by bisection between the estimate and the end of the range."""
    for _ in range(60):
        middle = (inside + outside) / 2
        beyond = abs(score(only_a, only_b, n, middle)) > abs(target)
        inside, outside = (inside, middle) if beyond else (middle, outside)
    return outside
