"""A shape at a chosen radius: rho = R * share, which in polar form is the exponential map at the origin, without rounding.

The map takes a tangent vector v to distance 2|v| in its direction, so v = R share/2 along the token's angle lands at R share. A shape
made in the drawing is scaled into |z| <= tanh(R/2) instead: the Poincaré metric is conformal, so what is near in the drawing stays so.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.geometry import PolarPoints, disk_points
from hypviz.records.layout import LayoutShape
from hypviz.records.limits import RADIUS


def place(shape: LayoutShape, *, radius: float) -> PolarPoints:
    """The points of the disk at radius R; raises `HypvizError` for a radius that is none."""
    require_radius(radius)
    rho = _rho_in_drawing(shape.share, radius) if shape.in_drawing else radius * shape.share
    return PolarPoints(rho=rho, theta=np.array(shape.theta))


def _rho_in_drawing(share: Float64[np.ndarray, " n"], radius: float) -> Float64[np.ndarray, " n"]:
    """rho = 2 artanh(share tanh(R/2)) as the logarithm of a quotient of sums without cancellation; R itself at share 1."""
    shrunk = np.exp(-radius)  # tanh(R/2) = (1 - e^-R) / (1 + e^-R)
    return np.log((1.0 + share + shrunk * (1.0 - share)) / (1.0 - share + shrunk * (1.0 + share)))


def require_radius(radius: float) -> None:
    """Raise `HypvizError` for a radius that is none."""
    RADIUS.check(radius)


def n_on_boundary(points: PolarPoints) -> int:
    """How many points have disk coordinates that round to the boundary circle in float64."""
    z = disk_points(points.rho, points.theta)
    return int((np.hypot(z[:, 0], z[:, 1]) >= 1.0).sum())
