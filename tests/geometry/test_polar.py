"""The polar form against 60-digit arithmetic, and its agreement with geoopt's ball where that is exact."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.geometry import disk_points, geodesic, mobius_add, polar_distance, polar_points, recentre_polar
from tests.geometry import oracle

radius = st.floats(0.0, 30.0)
angle = st.floats(-3.14, 3.14)


@pytest.mark.parametrize("largest", [1.0, 6.0, 12.0, 40.0])
def test_distance_keeps_its_digits(largest: float) -> None:
    cases = oracle.polar_cases(0, 60, largest)
    found = polar_distance(cases[:, 0], cases[:, 1], to_rho=cases[:, 2], to_theta=cases[:, 3])
    with mpmath.workdps(oracle.DIGITS + 40):
        for (rho, theta, to_rho, to_theta), value in zip(cases.tolist(), found, strict=True):
            exact = oracle.distance(oracle.disk(rho, theta), oracle.disk(to_rho, to_theta))
            assert abs(value - exact) <= 1e-13 * exact + 1e-15


@pytest.mark.parametrize("largest", [1.0, 6.0, 12.0, 40.0])
def test_recentring_is_the_moebius_transformation(largest: float) -> None:
    cases = oracle.polar_cases(1, 60, largest)
    with mpmath.workdps(oracle.DIGITS + 40):
        for rho, theta, centre_rho, centre_theta in cases.tolist():
            seen = recentre_polar(np.array([rho]), np.array([theta]), centre_rho=centre_rho, centre_theta=centre_theta)
            exact = oracle.moved(oracle.disk(rho, theta), oracle.disk(centre_rho, centre_theta))
            assert seen.rho[0] == pytest.approx(float(2 * mpmath.atanh(abs(exact))), rel=1e-15, abs=1e-15)
            turned = mpmath.arg(exact * mpmath.expj(-mpmath.mpf(float(seen.theta[0])))) if exact else 0
            assert abs(turned) < 2e-15


@given(radius, angle, radius, angle)
def test_there_and_back(rho: float, theta: float, centre_rho: float, centre_theta: float) -> None:
    seen = recentre_polar(np.array([rho]), np.array([theta]), centre_rho=centre_rho, centre_theta=centre_theta)
    home = recentre_polar(np.array([0.0]), np.array([0.0]), centre_rho=centre_rho, centre_theta=centre_theta)
    assert home.rho[0] == pytest.approx(centre_rho, abs=1e-12)
    back = recentre_polar(seen.rho, seen.theta, centre_rho=centre_rho, centre_theta=centre_theta + np.pi)
    assert np.isfinite(back.rho).all() and np.isfinite(back.theta).all()
    if rho + centre_rho < 12:
        assert polar_distance(back.rho, back.theta, to_rho=rho, to_theta=theta)[0] < 1e-7


def test_geoopts_translation_agrees_where_the_ball_is_accurate() -> None:
    rng = np.random.default_rng(2)
    rho, theta = rng.uniform(0, 5.2, 400), rng.uniform(-np.pi, np.pi, 400)
    for centre in (0.0, 0.7, 3.0, 5.2):
        middle = disk_points(np.array([centre]), np.array([0.4]))
        by_ball = polar_points(mobius_add(-middle, disk_points(rho, theta), c=1.0))
        by_form = recentre_polar(rho, theta, centre_rho=centre, centre_theta=0.4)
        apart = polar_distance(by_ball.rho, by_ball.theta, to_rho=by_form.rho, to_theta=by_form.theta)
        assert apart.max() < 1e-9


@pytest.mark.parametrize("centre_rho", [0.0, 2.0, 5.3, 9.0])
def test_recentring_keeps_all_distances(centre_rho: float) -> None:
    rng = np.random.default_rng(3)
    rho, theta = rng.uniform(0, 9, 60), rng.uniform(-np.pi, np.pi, 60)
    seen = recentre_polar(rho, theta, centre_rho=centre_rho, centre_theta=-2.0)
    before = polar_distance(rho[:, None], theta[:, None], to_rho=rho, to_theta=theta)
    after = polar_distance(seen.rho[:, None], seen.theta[:, None], to_rho=seen.rho, to_theta=seen.theta)
    assert np.abs(before - after).max() < 1e-8
    assert np.allclose(seen.rho, polar_distance(rho, theta, to_rho=centre_rho, to_theta=-2.0), atol=1e-10)


@given(angle, radius)
def test_the_angle_between_two_rays_from_the_centre_survives(turn: float, rho: float) -> None:
    """An isometry is conformal: directions seen from the centre turn by one and the same angle."""
    centre_rho, centre_theta = 1.3, 0.8
    ends = [
        recentre_polar(np.array([rho + 0.1]), np.array([t]), centre_rho=centre_rho, centre_theta=centre_theta + np.pi)
        for t in (0.2, 0.2 + turn)
    ]
    seen = [recentre_polar(e.rho, e.theta, centre_rho=centre_rho, centre_theta=centre_theta).theta[0] for e in ends]
    if rho < 8:
        assert np.cos(seen[1] - seen[0]) == pytest.approx(np.cos(turn), abs=1e-6)


def test_disk_points_and_back() -> None:
    rng = np.random.default_rng(4)
    rho, theta = rng.uniform(0, 12, 200), rng.uniform(-np.pi, np.pi, 200)
    z = disk_points(rho, theta)
    back = polar_points(z)
    assert np.abs(back.rho - rho).max() < 1e-10 and np.abs(np.sin(back.theta - theta)).max() < 1e-15
    with pytest.raises(HypvizError, match="ends before 1"):
        polar_points(disk_points(np.array([60.0]), np.array([0.0])))


def test_geodesic_steps_are_equal_and_shortest() -> None:
    path = geodesic(from_rho=2.0, from_theta=0.3, to_rho=3.5, to_theta=2.4, n=9)
    steps = polar_distance(path.rho[1:], path.theta[1:], to_rho=path.rho[:-1], to_theta=path.theta[:-1])
    whole = polar_distance(path.rho[:1], path.theta[:1], to_rho=path.rho[-1:], to_theta=path.theta[-1:])
    assert np.allclose(steps, whole / 8, rtol=1e-9)
    assert path.rho[0] == pytest.approx(2.0) and path.rho[-1] == pytest.approx(3.5)
    assert np.cos(path.theta[-1] - 2.4) == pytest.approx(1.0)


def test_beyond_float64_is_refused() -> None:
    with pytest.raises(HypvizError, match="350"):
        polar_distance(np.array([400.0]), np.array([0.0]), to_rho=1.0, to_theta=0.0)
