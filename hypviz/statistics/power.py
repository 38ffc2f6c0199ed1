"""What a paired comparison of n items can show: the power of McNemar's exact test, the least difference it finds, and the n it needs.

In: n, the share of discordant items (only one method is right), the difference of the shares, and the level of the test. Out: chances and
sizes. The number of discordant items is binomial in n, and among them the test is a binomial one; both are summed as they are, with no
normal approximation (the unconditional power of the exact test: Duffy, Biometrics 40, 1984, 1005-1015). Of the number of discordant items
outcomes are left out that have together a chance below `_TAIL`, which is the error of a power. The discordant share is taken as known.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import numpy as np

from hypviz.errors import HypvizError
from hypviz.statistics.holm import ALPHA

POWER = 0.8
MOST_ITEMS = 10_000_000
_TAIL = 1e-12
_XTOL = 1e-9


@lru_cache(maxsize=4096)
def mcnemar_power(n: int, discordant: float, difference: float, alpha: float = ALPHA) -> float:
    """The chance that the two-sided exact p of n items is below `alpha`; error below 1e-12.

    `difference` is share(b) - share(a), from -`discordant` to `discordant`. `HypvizError` for numbers that no n items have.
    """
    _check(n, discordant, alpha)
    if abs(difference) > discordant:
        raise HypvizError(f"A difference of {difference:g} does not fit into a discordant share of {discordant:g}; give a smaller one.")
    from scipy import stats

    low, high = (int(stats.binom.ppf(q, n, discordant)) for q in (_TAIL / 2, 1 - _TAIL / 2))
    seen = np.arange(max(low, 0), min(high, n) + 1)
    weights = stats.binom.pmf(seen, n, discordant)
    # the largest count of the rarer side at which the test still rejects: 2 P(X <= c) < alpha; -1 for none
    critical = np.where(seen > 0, stats.binom.ppf(alpha / 2, np.maximum(seen, 1), 0.5) - 1, -1)
    theta = min(1.0, (1 + abs(difference) / discordant) / 2)
    rejects = stats.binom.cdf(critical, seen, theta) + stats.binom.sf(seen - critical - 1, seen, theta)
    return float(weights @ np.where(critical >= 0, rejects, 0.0))


def least_difference(n: int, discordant: float, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The smallest difference that n items show with a chance of `power`, to 1e-9; None where even `discordant` itself, all of them on
    one side, is not enough."""
    _check(n, discordant, alpha)
    if mcnemar_power(n, discordant, discordant, alpha) < power:
        return None
    from scipy import optimize

    def excess(difference: float) -> float:
        return mcnemar_power(n, discordant, difference, alpha) - power

    return cast("float", optimize.brentq(excess, 0.0, discordant, xtol=_XTOL))


def items_needed(discordant: float, difference: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """An n at which the chance is at least `power` and at n - 1 is not; None above `MOST_ITEMS`, or where there is no difference.

    The chance as a function of n is not quite monotone below a few dozen discordant items, so that a smaller n may reach it too.
    """
    _check(1, discordant, alpha)
    if difference == 0:
        return None
    low, high = 0, 1
    while mcnemar_power(high, discordant, difference, alpha) < power:
        low, high = high, 2 * high
        if high > MOST_ITEMS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if mcnemar_power(middle, discordant, difference, alpha) < power:
            low = middle
        else:
            high = middle
    return high


def _check(n: int, discordant: float, alpha: float) -> None:
    if n < 1 or not 0 < discordant <= 1 or not 0 < alpha < 1:
        raise HypvizError(
            "Power needs at least 1 item, a discordant share above 0 and a level between 0 and 1, "
            f"but got {n}, {discordant:g} and {alpha:g}; count at least one discordant item."
        )
