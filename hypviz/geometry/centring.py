"""Moving a point of the disk to the origin by an isometry, and the geodesics that look straight from there.

geoopt's Möbius addition does it for points with |z| < `MODERATE`; where the point or the centre lies farther out, the polar form
does. Both give the same answer on the seam (tested). Dimensionless: nothing here needs c.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from hypviz.geometry.poincare import mobius_add
from hypviz.geometry.polar import PolarPoints, disk_points, polar_points, recentre_polar

MODERATE = 0.99
MODERATE_RHO = 2.0 * math.atanh(MODERATE)


def recentre(rho: Float64[np.ndarray, " n"], theta: Float64[np.ndarray, " n"], *, centre_rho: float, centre_theta: float) -> PolarPoints:
    """The points as seen with the centre at the origin: (-centre) ⊕ z, an isometry.

    The angle is off by at most about 2e-15 (polar form) or the radius by 1e-10 (ball); raises `HypvizError` as `recentre_polar` does.
    """
    moved = recentre_polar(rho, theta, centre_rho=centre_rho, centre_theta=centre_theta)
    moderate = rho < MODERATE_RHO
    if centre_rho >= MODERATE_RHO or not moderate.any():
        return moved
    centre = disk_points(np.float64(centre_rho)[None], np.float64(centre_theta)[None])
    inner = polar_points(mobius_add(-centre, disk_points(rho[moderate], theta[moderate]), c=1.0))
    new_rho, new_theta = moved.rho.copy(), moved.theta.copy()
    new_rho[moderate], new_theta[moderate] = inner.rho, inner.theta
    return PolarPoints(rho=new_rho, theta=new_theta)


def geodesic(*, from_rho: float, from_theta: float, to_rho: float, to_theta: float, n: int) -> PolarPoints:
    """n points at equal hyperbolic steps along the geodesic between two points, both ends included."""
    seen = recentre_polar(np.array([to_rho]), np.array([to_theta]), centre_rho=from_rho, centre_theta=from_theta)
    steps = np.linspace(0.0, 1.0, n) * seen.rho[0]
    opposite = math.remainder(from_theta + math.pi, 2.0 * math.pi)
    return recentre_polar(steps, np.full(n, seen.theta[0]), centre_rho=from_rho, centre_theta=opposite)
