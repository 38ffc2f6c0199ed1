"""Ranges and turns by their definition, and how often chance makes a turn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from hypviz.errors import HypvizError, Stopped
from hypviz.frequency import norm_ranges, norm_turn
from hypviz.frequency.shape import FEWEST_TOKENS
from tests.watching import Watcher

RNG = np.random.default_rng(3)


def test_ranges_are_decades_and_a_thin_top_joins_the_one_below():
    count = np.concatenate([np.repeat(np.arange(1, 10), 10), np.repeat([20, 50], 40), [100] * (FEWEST_TOKENS - 1)])
    found = norm_ranges(count, RNG.normal(size=count.size), seed=0, n_resamples=50)
    assert [(r.low, r.high, r.n) for r in found] == [(1, 9, 90), (10, None, 80 + FEWEST_TOKENS - 1)]
    more = norm_ranges(np.append(count, 5000), RNG.normal(size=count.size + 1), seed=0, n_resamples=50)
    assert [(r.low, r.high) for r in more] == [(1, 9), (10, 99), (100, None)]


def test_a_range_has_the_correlation_of_its_own_tokens_or_says_why_not():
    count = RNG.integers(1, 100, 400)
    norm = RNG.normal(size=400) - np.where(count > 9, count / 20, 0)
    first, second = norm_ranges(count, norm, seed=0, n_resamples=50)
    inside = count >= 10
    assert second.correlation.value == pytest.approx(spearmanr(count[inside], norm[inside]).statistic)
    assert second.share == pytest.approx(count[inside].sum() / count.sum())
    assert (first.correlation is None) == (first.missing is not None) and first.n == (count <= 9).sum()
    few = norm_ranges(count[:10], norm[:10], seed=0)
    assert few[0].correlation is None and "only " in few[0].missing
    assert norm_ranges(np.full(99, 3), np.arange(99.0), seed=0)[0].missing == "all equally frequent or equally long"


def test_an_empty_text_has_neither():
    nothing = np.zeros(0, dtype=np.int64)
    assert norm_ranges(nothing, nothing.astype(float), seed=0) == () and norm_turn(nothing, nothing.astype(float), seed=0) is None


def test_a_turn_lies_where_the_shape_has_it():
    count = np.round(10 ** RNG.uniform(0, 4, 4000)).astype(np.int64)
    norm = np.abs(np.log10(count) - 2) + 0.2 * RNG.normal(size=4000)
    found = norm_turn(count, norm, seed=0, n_resamples=200)
    assert 50 <= found.at <= 200 and found.below.high < 0 < found.above.low and found.below.level == 0.99
    assert found.below.n + found.above.n == 4000 and found.share_above == pytest.approx(count[count > found.at].sum() / count.sum())


def test_chance_seldom_makes_a_turn_of_an_order_that_has_none():
    turns = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        count = np.round(10 ** rng.exponential(0.6, 600)).astype(np.int64)
        for slope in (0.0, 0.3):
            turns += norm_turn(count, rng.normal(size=600) - slope * np.log(count), seed=0, n_resamples=200) is not None
    assert turns <= 6  # of 120


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_norms_that_are_no_numbers_are_refused_with_their_count(value):
    count, norm = RNG.integers(1, 9, 100), np.where(np.arange(100) < 3, value, 1.0)
    for measure in (norm_ranges, norm_turn):
        with pytest.raises(HypvizError, match="3 of 100 norms are not finite"):
            measure(count, norm, seed=0)


def test_resampling_can_be_stopped():
    count = RNG.integers(1, 9, 100)
    with pytest.raises(Stopped):
        norm_ranges(count, RNG.normal(size=100), seed=0, work=Watcher(stop_at=1))
