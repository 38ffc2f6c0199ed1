"""The isometry that lays one layout over another as well as any can: what is left is drift, which no turning explains.

In: two sets of polar points of the same tokens. Out: the second one moved. Isometries of the hyperbolic plane are a translation, a
rotation and perhaps a reflection; the mean squared distance is minimised over all of them, as in Procrustes analysis (for hyperbolic
spaces Tabaghi and Dokmanić, arXiv 2102.03723), from several starts because it has more than one minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float64

from hypviz.geometry.polar import PolarPoints, polar_distance, recentre_polar

SAMPLED = 2000  # points that decide
TURNS, POLISHED = 12, 3  # starts tried for each orientation, and how many of those are followed
FAR = 6.0  # a translation no layout needs more than


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """`points` moved by the isometry, `drift` (n,) how far each lies from its target, `reflected` whether a mirror was needed."""

    points: PolarPoints
    drift: Float64[np.ndarray, " n"]
    reflected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Isometry:
    """Perhaps a mirror, the point at the tangent vector (p[0], p[1]) to the origin, a turn by p[2]; `cost` is what it leaves."""

    p: Float64[np.ndarray, "3"]
    reflected: bool
    cost: float


def align(target: PolarPoints, points: PolarPoints, *, seed: int = 0) -> Aligned:
    """Move `points` (n,) onto `target` (n,) by the best isometry; the same seed gives the same one."""
    n = len(points.rho)
    some = np.arange(n) if n <= SAMPLED else np.sort(np.random.default_rng(seed).choice(n, SAMPLED, replace=False))
    goal, own = (PolarPoints(rho=all_.rho[some], theta=all_.theta[some]) for all_ in (target, points))
    found = min((_best(goal, own, reflected) for reflected in (False, True)), key=lambda isometry: isometry.cost)
    whole = _moved(_mirror(points, found.reflected), found.p)
    drift = polar_distance(whole.rho, whole.theta, to_rho=target.rho, to_theta=target.theta)
    return Aligned(points=whole, drift=drift, reflected=found.reflected)


def _best(goal: PolarPoints, points: PolarPoints, reflected: bool) -> _Isometry:
    """The best isometry of one orientation, from the most promising starts."""
    from scipy import optimize

    own = _mirror(points, reflected)

    def cost(p: Float64[np.ndarray, "3"]) -> float:
        return _mean_square(goal, _moved(own, p))

    starts = sorted((np.array([0.0, 0.0, 2.0 * np.pi * k / TURNS]) for k in range(TURNS)), key=cost)
    best = _Isometry(p=np.zeros(3), reflected=reflected, cost=np.inf)
    for start in starts[:POLISHED]:
        options = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 600}
        found = cast("optimize.OptimizeResult", optimize.minimize(cost, start, method="Nelder-Mead", options=options))
        reached = _Isometry(p=cast("np.ndarray", found.x), reflected=reflected, cost=float(cast("float", found.fun)))
        best = reached if reached.cost < best.cost else best
    return best


def _mirror(points: PolarPoints, reflected: bool) -> PolarPoints:
    return PolarPoints(rho=points.rho, theta=-points.theta) if reflected else points


def _moved(points: PolarPoints, p: Float64[np.ndarray, "3"]) -> PolarPoints:
    """Rotated by p[2] after the point at the tangent vector (p[0], p[1]) came to the origin."""
    reach = FAR * np.tanh(np.hypot(p[0], p[1]) / FAR)
    there = recentre_polar(points.rho, points.theta, centre_rho=float(reach), centre_theta=float(np.arctan2(p[1], p[0])))
    return PolarPoints(rho=there.rho, theta=there.theta + p[2])


def _mean_square(target: PolarPoints, points: PolarPoints) -> float:
    return float((polar_distance(points.rho, points.theta, to_rho=target.rho, to_theta=target.theta) ** 2).mean())
