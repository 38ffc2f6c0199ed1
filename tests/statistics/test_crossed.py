"""The mean over seeds and problems: its parts by hand, its p and its interval as one rule, and its coverage by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from hypviz.errors import HypvizError
from hypviz.statistics.crossed import SMALLEST_P, crossed_mean, least_multiple

TABLES = st.tuples(st.integers(2, 5), st.integers(2, 30), st.integers(0, 2**32 - 1)).map(
    lambda drawn: np.random.default_rng(drawn[2]).integers(-1, 2, size=drawn[:2]).astype(float)
)


@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_the_parts_are_those_of_two_t_intervals_on_the_table_with_two_more_problems(table: np.ndarray) -> None:
    found = crossed_mean(table)
    n_seeds, n = table.shape
    seeds = [(sum(row) + 1 - 1) / (n + 2) for row in table]
    problems = [*[sum(column) / n_seeds for column in table.T], 1.0, -1.0]
    assert found.value == pytest.approx(table.mean()) and found.centre == pytest.approx(sum(seeds) / n_seeds)

    def half(values: list[float], level: float) -> float:
        mean, m = sum(values) / len(values), len(values)
        spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (m - 1))
        return float(student.ppf(0.5 + level / 2, m - 1)) * spread / math.sqrt(m)

    for level in (0.95, 1 - 0.05 / 3):
        expected = (half(seeds, level), half(problems, level))
        assert found.half_widths(level) == pytest.approx(expected, rel=1e-6, abs=1e-12)
        interval = found.interval(level)
        assert interval.high == pytest.approx(min(1.0, found.centre + math.hypot(*expected))) and interval.low < interval.high
        assert interval.low - 1e-12 <= found.value <= interval.high + 1e-12


@settings(deadline=None, max_examples=60)
@given(TABLES, st.sampled_from([0.8, 0.95, 1 - 0.05 / 3]))
def test_it_excludes_nought_exactly_where_p_says_so_and_mirrors(table: np.ndarray, level: float) -> None:
    found, mirrored = crossed_mean(table), crossed_mean(-table)
    assert SMALLEST_P <= found.p <= 1 and mirrored.p == pytest.approx(found.p, rel=1e-9)
    assert found.interval(level).excludes(0.0) == (found.p < 1 - level) or abs(found.p - (1 - level)) < 1e-9
    assert mirrored.interval(level).low == pytest.approx(-found.interval(level).high)


def test_seeds_that_agree_leave_the_problems_alone_and_the_other_way_round() -> None:
    same = np.tile(np.array([1.0] * 30 + [-1.0] * 10 + [0.0] * 60), (3, 1))
    assert crossed_mean(same).seeds_error == 0 and crossed_mean(same).interval().low > 0
    seeds = np.repeat(np.array([[0.9], [-0.1], [0.1]]), 100, axis=1)
    assert crossed_mean(seeds).half_widths()[0] > 20 * crossed_mean(seeds).half_widths()[1]
    assert not crossed_mean(seeds).interval().excludes(0.0)


def test_where_nothing_differs_the_interval_has_a_width_near_that_of_one_table() -> None:
    found = crossed_mean(np.zeros((3, 100))).interval()
    assert found.value == 0 and found.high == -found.low and 0.02 < found.high < 1 - 0.025 ** (1 / 100) + 0.01


def _covered(n_seeds: int, n: int, between: float, shift: float, rounds: int, seed: int) -> float:
    """Share of simulated tables whose interval holds the mean of the population.

    Two methods answer n problems of random difficulty with every seed; `between` is the spread of a seed's own skill, in logits, and
    `shift` what b has over a on each problem. The population's mean is that of a very large table.
    """
    dice = np.random.default_rng(seed)

    def table(seeds: int, problems: int) -> np.ndarray:
        difficulty = 2 * dice.standard_normal((1, problems))
        skills = [between * dice.standard_normal((seeds, 1)) + 0.7 * dice.standard_normal((seeds, problems)) for _ in "ab"]
        a, b = (dice.random((seeds, problems)) < 1 / (1 + np.exp(-(difficulty + skill))) for skill in (skills[0], skills[1] + shift))
        return b.astype(float) - a

    truth = 0.0 if shift == 0 else table(2000, 1000).mean()
    return sum(not crossed_mean(table(n_seeds, n)).interval().excludes(truth) for _ in range(rounds)) / rounds


@pytest.mark.parametrize("n_seeds", [2, 3, 5, 10])
@pytest.mark.parametrize(("n", "between"), [(40, 0.0), (100, 0.15), (300, 0.5)], ids=["problems alone", "both", "seeds above all"])
def test_it_covers_with_its_level_whichever_spreads(n_seeds: int, n: int, between: float) -> None:
    """600 tables: their share lies .02 below .95 with a chance of 1 %, were the coverage .95; the seed is fixed, so it cannot drift."""
    assert _covered(n_seeds, n, between, 0.0, 600, seed=n_seeds) >= 0.93


def test_it_covers_a_difference_that_is_there() -> None:
    assert _covered(3, 100, 0.3, 0.6, 600, seed=11) >= 0.93


def test_one_seed_after_another_is_not_two_samples() -> None:
    """Pooling the answers of all seeds as if each were a problem of its own errs far more often than it says."""
    dice = np.random.default_rng(3)
    wrong = 0
    for _ in range(300):
        effects = 0.15 * dice.standard_normal((3, 1)) + 0.1 * dice.standard_normal((1, 60))
        table = effects + 0.05 * dice.standard_normal((3, 60))
        pooled = 1.97 * table.std(ddof=1) / math.sqrt(table.size)
        wrong += abs(table.mean()) > pooled
        assert crossed_mean(table).problems_error > 0
    assert wrong / 300 > 0.5


def test_how_many_seeds_tell_what() -> None:
    assert [round(least_multiple(n), 1) for n in (2, 3, 5, 10)] == [9.0, 2.5, 1.2, 0.7]
    with pytest.raises(HypvizError, match="at least 2"):
        least_multiple(1)
    for shape in ((1, 5), (3, 1), (4,)):
        with pytest.raises(HypvizError, match="at least 2 of each"):
            crossed_mean(np.zeros(shape))
