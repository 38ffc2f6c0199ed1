"""Power against enumeration of every table, and against itself: what is said to show does, and a little less does not."""

from __future__ import annotations

import math
from functools import lru_cache

import pytest

from hypviz.errors import HypvizError
from hypviz.statistics.mcnemar import mcnemar_exact
from hypviz.statistics.power import items_needed, least_difference, mcnemar_power

_p = lru_cache(maxsize=None)(mcnemar_exact)


def enumerated(n: int, discordant: float, difference: float, alpha: float) -> float:
    """Every count of problems that only a, only b, or both or neither got right, by its multinomial chance."""
    only_b, only_a = (discordant + difference) / 2, (discordant - difference) / 2
    total = 0.0
    for a in range(n + 1):
        for b in range(n + 1 - a):
            if _p(a, b) < alpha:
                ways = math.comb(n, a) * math.comb(n - a, b)
                total += ways * only_a**a * only_b**b * (1 - discordant) ** (n - a - b)
    return total


@pytest.mark.parametrize("n", [1, 7, 14])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 3])
def test_power_is_that_of_every_table(n: int, alpha: float) -> None:
    for discordant, difference in ((0.1, 0.1), (0.5, 0.3), (0.5, -0.3), (1.0, 0.0), (1.0, 0.9), (1.0, 1.0)):
        assert mcnemar_power(n, discordant, difference, alpha) == pytest.approx(enumerated(n, discordant, difference, alpha), abs=1e-11)


def test_the_level_is_kept_and_six_on_one_side_are_the_fewest() -> None:
    assert all(mcnemar_power(n, 0.3, 0.0) <= 0.05 for n in (10, 100, 1000))
    assert mcnemar_power(5, 1.0, 1.0) == 0.0 and mcnemar_power(6, 1.0, 1.0) == pytest.approx(1.0)


def test_the_least_difference_shows_and_a_smaller_one_does_not() -> None:
    found = least_difference(850, 0.1)
    assert found is not None and 0.02 < found < 0.04
    assert mcnemar_power(850, 0.1, found + 1e-6) > 0.8 > mcnemar_power(850, 0.1, found - 1e-6)
    stricter = least_difference(850, 0.1, alpha=0.01)
    assert stricter is not None and stricter > found
    assert least_difference(50, 0.1) is None


@pytest.mark.parametrize(("discordant", "difference"), [(0.1, 0.03), (0.3, -0.2), (1.0, 1.0), (0.02, 0.02)])
def test_the_n_needed_is_enough_and_one_less_is_not(discordant: float, difference: float) -> None:
    n = items_needed(discordant, difference)
    assert n is not None and mcnemar_power(n, discordant, difference) >= 0.8
    assert mcnemar_power(n - 1, discordant, difference) < 0.8
    shown = least_difference(n, discordant)
    assert shown is not None and shown <= abs(difference) + 1e-9


def test_no_difference_and_a_tiny_one_have_no_n() -> None:
    assert items_needed(0.1, 0.0) is None and items_needed(0.1, 1e-5) is None


@pytest.mark.parametrize(("n", "discordant", "difference"), [(0, 0.1, 0.0), (10, 0.0, 0.0), (10, 1.1, 0.0), (10, 0.1, 0.2)])
def test_numbers_that_no_items_have_are_refused(n: int, discordant: float, difference: float) -> None:
    with pytest.raises(HypvizError):
        mcnemar_power(n, discordant, difference)
