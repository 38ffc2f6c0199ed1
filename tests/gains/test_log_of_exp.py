"""The gain of the paper's map and its slopes against mpmath, and the laws that a reader can check by hand."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.gains import GAIN_CAP, GAINS
from hypviz.gains.log_of_exp import gain as true_gain
from hypviz.gains.log_of_exp import number as gain_number
from hypviz.gains.log_of_exp import slopes as gain_slopes
from tests.hyplora import oracle

gain = GAINS["exact"].capped
SIZES = [1e-9, 1e-6, 1e-3, 0.05, 0.0999, 0.1001, 0.7, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 36.0, 200.0, 1e4, 1e5]
RATIOS = [1e-12, 1e-6, 1e-3, 0.1, 0.999, 1.0, 1.001, 2.0, 50.0]


def one(value: float) -> torch.Tensor:
    return torch.tensor([value], dtype=torch.float64)


def slopes_at(u: float, p: float) -> tuple[float, float, float]:
    """d log g / d log of |B A x|, |x| and R."""
    found = gain_slopes(one(u), one(p), gain(one(u), one(p)))
    return float(found.by_output_over_p2) * p * p, float(found.by_input_over_u2) * u * u, float(found.by_radius)


@pytest.mark.parametrize("radius", [0.1, 1.0, 24.0])
def test_gain_and_slopes_agree_with_the_map_at_60_digits(radius):
    checked = 0
    for u, q in itertools.product(SIZES, RATIOS):
        a, b = u * radius, q * u * radius
        truth = oracle.gain(a, b, radius)
        if truth >= 1e15:
            continue
        checked += 1
        assert float(gain(one(a / radius), one(b / radius))) == pytest.approx(float(truth), rel=1e-12), (u, q)
        assert gain_number(a / radius, b / radius) == pytest.approx(float(truth), rel=1e-12), (u, q)
        slopes = slopes_at(a / radius, b / radius)
        by_output, by_input, by_radius = (float(slope) for slope in oracle.log_slopes(a, b, radius))
        assert slopes[0] == pytest.approx(by_output, rel=1e-9, abs=1e-17), (u, q)
        assert slopes[1] == pytest.approx(by_input, rel=1e-9, abs=1e-17), (u, q)
        scale = max(abs(by_output), abs(by_input))  # by_radius is minus their sum and vanishes near q = 1
        assert slopes[2] == pytest.approx(by_radius, abs=1e-9 * scale + 1e-17), (u, q)
    assert checked > 140


def test_the_values_that_people_quote():
    """g at u = 4: 6.8 as the output vanishes, 4.3 at q = .1, 1 at q = 1, 0.59 at q = 2."""
    u = torch.full((4,), 4.0, dtype=torch.float64)
    q = torch.tensor([0.0, 0.1, 1.0, 2.0], dtype=torch.float64)
    assert gain(u, q * u).tolist() == pytest.approx([6.8, 4.3, 1.0, 0.59], abs=0.05)


@given(st.floats(1e-8, 1e5))
@settings(deadline=None)
def test_an_update_as_long_as_its_input_has_gain_one(u):
    assert float(gain(one(u), one(u))) == pytest.approx(1.0, abs=1e-14 + 2e-16 * u)


@given(st.floats(1e-6, 35.0), st.floats(1e-9, 100.0))
@settings(deadline=None)
def test_slopes_add_up_to_zero_because_the_gain_has_no_unit(u, q):
    assert sum(slopes_at(u, q * u)) == pytest.approx(0.0, abs=1e-13 * max(u, 1.0))


@given(st.floats(1e-4, 3e-2), st.floats(0.0, 2.0))
@settings(deadline=None)
def test_first_order_law_of_small_u(u, q):
    """g - 1 = (|x|^2 - |B A x|^2)/(6 R^2), with an error of fourth order."""
    found = float(gain(one(u), one(q * u))) - 1.0
    assert found == pytest.approx(u * u * (1 - q * q) / 6, abs=2.0 * u**4 + 1e-15)


def test_no_output_means_the_full_stretch_of_sinh():
    u = torch.tensor([0.0, 1e-3, 1.0, 30.0], dtype=torch.float64)
    expected = [1.0, *[math.sinh(v) / v for v in u[1:].tolist()]]
    assert gain(u, torch.zeros(4, dtype=torch.float64)).tolist() == pytest.approx(expected, rel=1e-14)
    assert [gain_number(v, 0.0) for v in u.tolist()] == pytest.approx(expected, rel=1e-14)


def test_the_cap_is_reported_and_leaves_finite_numbers():
    u = torch.tensor([36.0, 45.0, 600.0, 1e5, 1e5, 1e100], dtype=torch.float64)
    p = torch.tensor([0.0, 0.0, 0.0, 0.0, 1.0, 0.0], dtype=torch.float64)
    assert (true_gain(u, p) > GAIN_CAP).tolist() == [False, True, True, True, False, True]
    assert gain(u, p).tolist() == pytest.approx([gain_number(*pair) for pair in zip(u.tolist(), p.tolist(), strict=True)], rel=1e-12)
    assert float(gain(u, p)[4]) == pytest.approx(1e5 - math.log(1e5), rel=1e-12)  # arsinh(sinh(u)/u) at p = 1
    slopes = gain_slopes(u, p, gain(u, p))
    assert all(torch.isfinite(s).all() for s in (slopes.by_output_over_p2, slopes.by_input_over_u2, slopes.by_radius))
