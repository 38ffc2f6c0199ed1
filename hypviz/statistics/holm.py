"""Several tests at once: Holm's step-down procedure (Scandinavian Journal of Statistics 6, 1979, 65-70).

In: p-values. Out: for each the adjusted p, the verdict, and the level at which an interval says the same. The chance of rejecting any
true hypothesis is at most alpha, whatever the dependence of the tests. Says nothing about which tests belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypviz.errors import HypvizError

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """One of `n_tests` tests: `p` adjusted (rejected means p < alpha) and the `level` of the interval that belongs to the verdict.

    A rejected test stands at the level of its own step, 1 - alpha / (tests not rejected before it); all others at 1 - alpha / n_tests.
    The interval that inverts the test excludes the hypothesis at this level if and only if it is rejected, and has at least the level
    1 - alpha.
    """

    p: float
    rejected: bool
    level: float
    n_tests: int


def holm(p_values: Sequence[float], alpha: float = ALPHA) -> tuple[Adjusted, ...]:
    """Every test with its adjusted p, in the order given."""
    if not all(0 <= p <= 1 for p in p_values):
        raise HypvizError(f"A p-value lies between 0 and 1, but got {', '.join(f'{p:g}' for p in p_values)}; check the tests.")
    n = len(p_values)
    found: dict[int, Adjusted] = {}
    largest, going = 0.0, True
    for step, i in enumerate(sorted(range(n), key=lambda i: p_values[i])):
        left = n - step
        largest = max(largest, min(1.0, left * p_values[i]))
        going = going and p_values[i] < alpha / left
        found[i] = Adjusted(p=largest, rejected=going, level=1 - alpha / (left if going else n), n_tests=n)
    return tuple(found[i] for i in range(n))
