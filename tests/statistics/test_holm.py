"""Holm's procedure: its definition by closed testing, its intervals, and the error of a whole page by exact enumeration."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, xlogy

from hypviz.errors import HypvizError
from hypviz.statistics import mcnemar_exact
from hypviz.statistics.holm import ALPHA, holm
from hypviz.statistics.mcnemar import paired_difference

P = st.one_of(st.floats(0, 1), st.floats(0, 0.06), st.sampled_from([0.01, 0.02, 0.024]))


@settings(deadline=None)
@given(st.lists(P, max_size=6))
def test_it_is_the_closed_test_by_bonferroni(p_values: list[float]) -> None:
    """A hypothesis is rejected if every set of hypotheses that holds it is: its smallest p is below alpha over its size."""
    n = len(p_values)
    sets = [s for size in range(1, n + 1) for s in combinations(range(n), size)]
    found = holm(p_values)
    for i, one in enumerate(found):
        assert one.rejected == all(min(p_values[j] for j in s) < ALPHA / len(s) for s in sets if i in s)
        assert abs(one.p - max(min(1.0, len(s) * min(p_values[j] for j in s)) for s in sets if i in s)) < 1e-12
        assert one.level >= 1 - ALPHA and one.n_tests == n
        assert one.rejected == (p_values[i] < 1 - one.level) or abs(p_values[i] - (1 - one.level)) < 1e-12


def test_numbers_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(HypvizError, match="between 0 and 1"):
        holm([0.5, 1.5])


def _error(n: int, cells: np.ndarray, true: tuple[bool, bool, bool], adjust: bool) -> float:
    """Exact chance that a true equality of two columns is denied, for n problems.

    `cells` (2, 2, 2) is the chance of each pattern of right and wrong of three columns; the patterns in which all agree decide nothing.
    """
    patterns = [p for p in product((0, 1), repeat=3) if len(set(p)) > 1]
    chances = np.array([cells[p] for p in patterns])
    counts = np.array([c for c in product(range(n + 1), repeat=6) if sum(c) <= n]) if n <= 4 else _compositions(n, 6)
    rest = n - counts.sum(axis=1)
    log = gammaln(n + 1) - gammaln(counts + 1).sum(axis=1) - gammaln(rest + 1)
    weight = np.exp(log + xlogy(counts, chances).sum(axis=1) + xlogy(rest, max(0.0, 1 - chances.sum())))
    assert weight.sum() == pytest.approx(1)
    table = np.array([[mcnemar_exact(a, b) for b in range(n + 1)] for a in range(n + 1)])
    p_values = np.stack(
        [
            table[counts[:, [p[i] > p[j] for p in patterns]].sum(axis=1), counts[:, [p[i] < p[j] for p in patterns]].sum(axis=1)]
            for i, j in combinations(range(3), 2)
        ],
        axis=1,
    )
    rows, back = np.unique(p_values, axis=0, return_inverse=True)
    wrong = [
        any(t and (one.rejected if adjust else p < ALPHA) for t, one, p in zip(true, holm(list(row)), row, strict=True)) for row in rows
    ]
    return float(weight[np.array(wrong)[back.ravel()]].sum())


def _compositions(n: int, parts: int) -> np.ndarray:
    """All counts (k, parts) of at most n in all."""
    found = np.zeros((1, 0), dtype=np.int64)
    for _ in range(parts):
        left = n - found.sum(axis=1)
        found = np.concatenate(
            [np.column_stack([np.repeat(row[None], k + 1, 0), np.arange(k + 1)]) for row, k in zip(found, left, strict=True)]
        )
    return found


def _cells(chances: dict[str, float]) -> np.ndarray:
    cells = np.zeros((2, 2, 2))
    for pattern, chance in chances.items():
        cells[tuple(int(c) for c in pattern)] = chance
    return cells


ALL_EQUAL = [dict.fromkeys(("100", "010", "001"), x / 3) | dict.fromkeys(("011", "101", "110"), y / 3) for x, y in [(1, 0), (0.5, 0.5)]]


@pytest.mark.parametrize("chances", ALL_EQUAL, ids=["one right at a time", "one or two"])
def test_a_page_of_three_equal_columns_errs_at_most_in_one_of_twenty(chances: dict[str, float]) -> None:
    true = (True, True, True)
    assert _error(13, _cells(chances), true, adjust=True) <= ALPHA
    assert _error(13, _cells(chances), true, adjust=True) < _error(13, _cells(chances), true, adjust=False)


def test_without_adjustment_more_than_one_page_in_twenty_errs() -> None:
    assert _error(13, _cells(ALL_EQUAL[1]), (True, True, True), adjust=False) > ALPHA


@pytest.mark.parametrize("chance", [0.05, 0.3, 0.6])
def test_two_equal_columns_beside_a_better_one_are_told_apart_at_most_in_one_of_twenty(chance: float) -> None:
    cells = _cells({"001": chance, "100": (1 - chance) / 2, "010": (1 - chance) / 2})
    assert _error(13, cells, (True, False, False), adjust=True) <= ALPHA


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=6))
def test_intervals_at_these_levels_say_what_the_tests_say(counts: list[tuple[int, int]]) -> None:
    for (a, b), one in zip(counts, holm([mcnemar_exact(a, b) for a, b in counts]), strict=True):
        assert paired_difference(a, b, 60, one.level).excludes(0.0) == one.rejected


def test_on_large_sets_the_adjusted_page_keeps_its_level_and_the_plain_one_does_not() -> None:
    """2,000 pages of three equal columns on 400 problems, drawn with a fixed seed: the shares cannot drift."""
    dice = np.random.default_rng(7)
    patterns = np.array(list(product((0, 1), repeat=3)))
    wrong = {"plain": 0, "adjusted": 0}
    for counts in dice.multinomial(400, [0.3, *[0.4 / 6] * 6, 0.3], size=2000):
        p_values = [
            mcnemar_exact(int(counts[patterns[:, i] > patterns[:, j]].sum()), int(counts[patterns[:, i] < patterns[:, j]].sum()))
            for i, j in combinations(range(3), 2)
        ]
        wrong["plain"] += min(p_values) < ALPHA
        wrong["adjusted"] += any(one.rejected for one in holm(p_values))
    assert wrong["adjusted"] / 2000 < 0.05 and wrong["plain"] / 2000 > 0.08, wrong
