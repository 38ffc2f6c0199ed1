"""A shape at a chosen radius: rho = R * share, through geoopt's exponential map where that is exact.

The exponential map at the origin takes a tangent vector v to distance 2|v|, so v = R share/2 in the token's direction. Beyond the
ball's limit the polar form says the same thing without the map.
"""

from __future__ import annotations

import numpy as np

from hypviz.errors import HypvizError
from hypviz.geometry import PolarPoints, disk_points, expmap0, polar_points
from hypviz.geometry.centring import MODERATE_RHO
from hypviz.records.layout import LayoutShape

SMALLEST, LARGEST = 0.1, 50.0


def place(shape: LayoutShape, *, radius: float) -> PolarPoints:
    """The points of the disk at radius R; raises `HypvizError` unless `SMALLEST` <= R <= `LARGEST`."""
    require_radius(radius)
    rho, theta = radius * shape.share, np.array(shape.theta)
    moderate = rho < MODERATE_RHO
    tangent = (rho[moderate] / 2.0)[:, None] * np.stack([np.cos(theta[moderate]), np.sin(theta[moderate])], axis=-1)
    inner = polar_points(expmap0(tangent, c=1.0))
    rho[moderate] = np.minimum(inner.rho, radius)  # the last bit of the map may not carry a token beyond R
    return PolarPoints(rho=rho, theta=theta)


def require_radius(radius: float) -> None:
    """Raise `HypvizError` for a radius that is none."""
    if not SMALLEST <= radius <= LARGEST:
        raise HypvizError(f"The layout radius is {radius:g}, but it must lie between {SMALLEST:g} and {LARGEST:g}; 4 is a good start.")


def n_on_boundary(points: PolarPoints) -> int:
    """How many points have disk coordinates that round to the boundary circle in float64."""
    z = disk_points(points.rho, points.theta)
    return int((np.hypot(z[:, 0], z[:, 1]) >= 1.0).sum())
