"""Laying one layout over another: a known isometry is found, and nothing but an isometry is used."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.geometry import PolarPoints, polar_distance, recentre_polar
from hypviz.geometry.alignment import SAMPLED, align


def some_points(n: int, seed: int) -> PolarPoints:
    rng = np.random.default_rng(seed)
    return PolarPoints(rho=4.0 * np.sqrt(rng.uniform(size=n)), theta=rng.uniform(0.0, 2.0 * np.pi, n) ** 1.2)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("reach", "n"), [(0.0, 50), (0.7, 200), (2.5, SAMPLED + 500)])
def test_a_known_isometry_is_undone(mirrored, reach, n):
    target = some_points(n, n)
    moved = recentre_polar(target.rho, target.theta, centre_rho=reach, centre_theta=1.1)
    theta = (-moved.theta if mirrored else moved.theta) + 2.2
    found = align(target, PolarPoints(rho=moved.rho, theta=theta))
    assert found.reflected == mirrored and found.drift.max() < 1e-3


def test_distances_within_the_moved_layout_stay_what_they_were():
    target, points = some_points(300, 1), some_points(300, 2)
    found = align(target, points)
    a, b = np.arange(150), np.arange(150, 300)

    def between(p: PolarPoints) -> np.ndarray:
        return polar_distance(p.rho[a], p.theta[a], to_rho=p.rho[b], to_theta=p.theta[b])

    assert between(found.points) == pytest.approx(between(points), rel=1e-9)
    before = polar_distance(points.rho, points.theta, to_rho=target.rho, to_theta=target.theta)
    assert (found.drift**2).mean() <= (before**2).mean()


def test_the_same_seed_gives_the_same_isometry():
    target, points = some_points(SAMPLED + 100, 3), some_points(SAMPLED + 100, 4)
    assert (align(target, points, seed=5).drift == align(target, points, seed=5).drift).all()
