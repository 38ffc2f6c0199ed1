"""The ball of curvature -c: definitions in mpmath, laws of the gyrovector space, and refusal where geoopt would clip."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.geometry import (
    ball_geodesic,
    conformal_factor,
    disk_points,
    distance,
    expmap,
    expmap0,
    geodesic,
    hyperbolic_radius,
    logmap,
    logmap0,
    mobius_add,
    polar_distance,
    polar_points,
    weighted_midpoint,
)
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


@pytest.mark.parametrize("c", CURVATURES)
def test_the_exponential_map_at_a_point_is_its_definition_and_the_logarithm_returns(c: float) -> None:
    """(x + tanh(sqrt(c) lambda |v| / 2) v / (sqrt(c) |v|)) by Moebius addition, in 60 digits."""
    x, v = _points(7, c, n=12, d=2, largest=4.0), np.random.default_rng(8).normal(size=(12, 2)) / (8.0 * math.sqrt(c))
    found = expmap(x, v, c=c)
    with mpmath.workdps(oracle.DIGITS):
        for start, step, end in zip(x.tolist(), v.tolist(), found.tolist(), strict=True):
            p, w, root = mpmath.mpc(*start), mpmath.mpc(*step), mpmath.sqrt(c)
            length = abs(w) / (1 - c * abs(p) ** 2)  # lambda |v| / 2
            q = mpmath.tanh(root * length) * w / abs(w)
            exact = oracle.moved(q, -root * p) / root
            assert abs(exact - mpmath.mpc(*end)) < 1e-13 / math.sqrt(c)
    assert np.allclose(distance(x, found, c=c), conformal_factor(x, c=c) * np.linalg.norm(v, axis=1), rtol=1e-9)
    assert np.allclose(logmap(x, found, c=c), v, rtol=1e-7, atol=1e-12)
    with pytest.raises(HypvizError, match="expmap"):
        expmap(x, 100.0 * v, c=c)


@pytest.mark.parametrize("c", CURVATURES)
def test_a_geodesic_of_the_ball_takes_equal_steps_and_agrees_with_the_polar_one(c: float) -> None:
    x, y = _points(9, c, n=2, d=2, largest=4.5)
    way = ball_geodesic(np.linspace(0.0, 1.0, 9), x, y, c=c)
    assert np.allclose(way[[0, -1]], [x, y], atol=1e-12 / math.sqrt(c))
    assert np.allclose(distance(way[:-1], way[1:], c=c), distance(x, y, c=c) / 8, rtol=1e-8)
    ends = polar_points(np.stack([x, y]) * math.sqrt(c))
    by_form = geodesic(from_rho=ends.rho[0], from_theta=ends.theta[0], to_rho=ends.rho[1], to_theta=ends.theta[1], n=9)
    assert np.allclose(disk_points(by_form.rho, by_form.theta), way * math.sqrt(c), atol=1e-10)


@pytest.mark.parametrize("c", CURVATURES)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_midpoint_is_the_mean_on_the_hyperboloid(c: float, weighted: bool) -> None:
    x, rng = _points(10, c, n=20, d=3, largest=5.0), np.random.default_rng(11)
    weights = rng.uniform(0.0, 2.0, 20) if weighted else None
    found = weighted_midpoint(x, weights=weights, c=c)
    with mpmath.workdps(oracle.DIGITS):
        total = [mpmath.mpf(0)] * 4
        for row, w in zip(x.tolist(), (weights if weights is not None else np.ones(20)).tolist(), strict=True):
            z = [mpmath.sqrt(c) * mpmath.mpf(a) for a in row]
            squared = mpmath.fsum(a * a for a in z)
            lifted = [(1 + squared) / (1 - squared), *(2 * a / (1 - squared) for a in z)]
            total = [t + w * a for t, a in zip(total, lifted, strict=True)]
        size = mpmath.sqrt(total[0] ** 2 - mpmath.fsum(a * a for a in total[1:]))
        exact = [float(a / (total[0] + size) / mpmath.sqrt(c)) for a in total[1:]]
    assert np.allclose(found, exact, atol=1e-11 / math.sqrt(c))


@given(c=curvature, seed=st.integers(0, 1000))
def test_a_midpoint_moves_with_its_points(c: float, seed: int) -> None:
    x, p = _points(seed, c, n=7, largest=2.5), _points(seed + 1, c, n=1, largest=2.0)[0]
    moved = weighted_midpoint(mobius_add(p[None], x, c=c), c=c)
    assert np.allclose(moved, mobius_add(p, weighted_midpoint(x, c=c), c=c), atol=1e-9 / math.sqrt(c))


def test_weights_that_are_none_are_refused() -> None:
    for weights in (np.zeros(3), np.array([1.0, -1.0, 1.0])):
        with pytest.raises(HypvizError, match="weights"):
            weighted_midpoint(np.full((3, 2), 0.1), weights=weights, c=1.0)
