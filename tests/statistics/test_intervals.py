"""Wilson's interval and chance ranges judged by definition, by its equation and by coverage."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.records import Record
from hypviz.records.statistics import Interval
from hypviz.statistics import chance_range, wilson_interval


@given(n=st.integers(1, 5000), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.9, 0.95, 1 - 0.05 / 3, 0.99]))
@settings(max_examples=60, deadline=None)
def test_wilson_ends_solve_the_score_equation(n, share, level):
    k = round(share * n)
    found = wilson_interval(k, n, level)
    assert found.value == k / n and found.low <= k / n <= found.high
    assert (found.low == 0.0) == (k == 0) and (found.high == 1.0) == (k == n)
    for p in {found.low, found.high} - {0.0, 1.0}:
        assert abs(k / n - p) / math.sqrt(p * (1 - p) / n) == pytest.approx(NormalDist().inv_cdf(0.5 + level / 2), rel=1e-6)


def test_wilson_of_seven_of_ten():
    found = wilson_interval(7, 10)  # (14 + z^2 -+ z sqrt(z^2 + 8.4)) / (2 (10 + z^2))
    assert (found.low, found.high) == (pytest.approx(0.3967781, abs=1e-6), pytest.approx(0.8922087, abs=1e-6))


@pytest.mark.parametrize(("k", "n", "level"), [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0), (1, 2, 0.0)])
def test_wilson_refuses_what_is_no_proportion(k, n, level):
    with pytest.raises(HypvizError):
        wilson_interval(k, n, level)


def test_an_interval_travels_through_json():
    interval = wilson_interval(3, 7)
    assert Interval.from_json(interval.to_json()) == interval
    assert isinstance(interval, Record)
    assert interval.excludes(0.999)
    assert not interval.excludes(3 / 7)


@pytest.mark.parametrize("n_draws", [39, 99, 199])
def test_chance_is_called_chance_in_95_percent_of_cases(n_draws):
    """The observed number comes from the null itself, and from a skewed one at that."""
    rng = np.random.default_rng(n_draws)
    values = rng.exponential(size=(4000, n_draws + 1))
    sides = np.array([chance_range(v[0], v[1:]).side for v in values])
    p = np.array([chance_range(v[0], v[1:]).p for v in values])
    assert 0.94 <= (sides == 0).mean() <= 0.96
    assert abs((sides < 0).mean() - (sides > 0).mean()) < 0.01
    assert ((p <= 0.05 + 1e-12) == (sides != 0)).all()


def test_chance_range_needs_enough_draws_and_ignores_rounding():
    with pytest.raises(HypvizError, match="at least 39"):
        chance_range(0.5, np.linspace(0, 1, 38))
    assert chance_range(1e-16, np.zeros(39)).side == 0
    assert chance_range(0.5, np.zeros(39)).side == 1
    assert chance_range(-0.5, np.zeros(39)).side == -1
