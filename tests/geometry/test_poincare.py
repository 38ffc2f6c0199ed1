"""The ball of curvature -c: definitions in mpmath, laws of the gyrovector space, and refusal where geoopt would clip."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.geometry import conformal_factor, distance, expmap0, hyperbolic_radius, logmap0, mobius_add, polar_distance, polar_points
from tests.geometry import oracle

CURVATURES = (0.25, 1.0, 4.0)
curvature = st.floats(-2.0, 2.0).map(lambda e: 10.0**e)


def _points(seed: int, c: float, n: int = 50, d: int = 3, largest: float = 5.0) -> np.ndarray:
    """n points of the ball, uniform in the hyperbolic radius."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(n, d))
    size = np.tanh(rng.uniform(0, largest, size=(n, 1)) / 2) / math.sqrt(c)
    return size * direction / np.linalg.norm(direction, axis=1, keepdims=True)


@pytest.mark.parametrize("c", CURVATURES)
def test_expmap0_reaches_twice_the_length_and_logmap0_returns(c: float) -> None:
    v = np.random.default_rng(0).normal(size=(40, 4)) / math.sqrt(c)
    x = expmap0(v, c=c)
    assert np.allclose(hyperbolic_radius(x, c=c), 2 * np.linalg.norm(v, axis=1), rtol=1e-11)
    assert np.allclose(logmap0(x, c=c), v, rtol=1e-11)
    for row, image in zip(v[:10], x[:10], strict=True):
        with mpmath.workdps(oracle.DIGITS):
            length = mpmath.sqrt(mpmath.fsum(mpmath.mpf(float(a)) ** 2 for a in row)) * mpmath.sqrt(c)
            gain = float(mpmath.tanh(length) / length)
        assert np.allclose(image, gain * row, rtol=1e-14)


@pytest.mark.parametrize("c", CURVATURES)
def test_distance_is_that_of_the_definition(c: float) -> None:
    x, y = _points(1, c, d=2), _points(2, c, d=2)
    found = distance(x, y, c=c)
    scale = math.sqrt(c)
    with mpmath.workdps(oracle.DIGITS):
        expected = [
            float(oracle.distance(mpmath.mpc(*(a * scale).tolist()), mpmath.mpc(*(b * scale).tolist())) / mpmath.sqrt(c))
            for a, b in zip(x, y, strict=True)
        ]
    assert np.allclose(found, expected, rtol=1e-9)
    a, b = polar_points(x * scale), polar_points(y * scale)
    assert np.allclose(scale * found, polar_distance(a.rho, a.theta, to_rho=b.rho, to_theta=b.theta), rtol=1e-9)


@pytest.mark.parametrize("c", CURVATURES)
def test_left_translation_is_an_isometry_that_brings_its_point_to_the_origin(c: float) -> None:
    p, x, y = _points(3, c, largest=3.5), _points(4, c, largest=3.5), _points(5, c, largest=3.5)
    assert np.abs(mobius_add(-p, p, c=c)).max() < 1e-12
    assert np.allclose(mobius_add(-p, mobius_add(p, x, c=c), c=c), x, atol=1e-9 / math.sqrt(c))
    before = distance(x, y, c=c)
    moved = [mobius_add(-p, q, c=c) for q in (x, y)]
    radii = [hyperbolic_radius(q, c=c) for q in moved]
    inner = radii[0] + radii[1] < 11.5 / math.sqrt(c)
    assert inner.sum() > 20
    assert np.allclose(distance(moved[0][inner], moved[1][inner], c=c), before[inner], rtol=1e-8)


@given(c=curvature, length=st.floats(0.0, 5.0))
def test_scaling_the_space_scales_every_length(c: float, length: float) -> None:
    v = np.array([[0.6, -0.8]]) * length
    unit = expmap0(v, c=1.0)
    assert np.allclose(expmap0(v / math.sqrt(c), c=c) * math.sqrt(c), unit, rtol=1e-12)
    assert hyperbolic_radius(unit / math.sqrt(c), c=c) * math.sqrt(c) == pytest.approx(hyperbolic_radius(unit, c=1.0), rel=1e-10)


@pytest.mark.parametrize("c", CURVATURES)
def test_conformal_factor_measures_small_steps(c: float) -> None:
    x = _points(6, c, largest=3.0)
    step = 1e-6 / math.sqrt(c)
    length = distance(x, x + step * np.array([1.0, 0.0, 0.0]), c=c)
    assert np.allclose(length / step, conformal_factor(x, c=c), rtol=1e-4)


@pytest.mark.parametrize("c", CURVATURES)
def test_what_geoopt_would_clip_is_refused(c: float) -> None:
    far = np.array([[6.5, 0.0]]) / math.sqrt(c)
    with pytest.raises(HypvizError, match=r"expmap0.*13"):
        expmap0(far, c=c)
    edge = expmap0(np.array([[4.0, 0.0]]) / math.sqrt(c), c=c)
    with pytest.raises(HypvizError, match="distance"):
        distance(edge, -edge, c=c)
    with pytest.raises(HypvizError, match="ends before 1"):
        hyperbolic_radius(np.array([[1.0, 0.0]]) / math.sqrt(c), c=c)
    with pytest.raises(HypvizError):
        expmap0(np.array([[math.nan, 0.0]]), c=c)
