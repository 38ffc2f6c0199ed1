"""The Poincaré ball of curvature -c through geoopt, where coordinates are moderate.

In and out: float64 arrays (..., d) of points x with sqrt(c)|x| < 1, tangent vectors at the origin, and distances in units of
1/sqrt(c). geoopt moves points beyond sqrt(c)|x| = 1 - 1e-5 (hyperbolic radius 12.2) back inside without a word, so every
function here refuses input or output beyond `LIMIT`; `hypviz.geometry.polar` goes on from there. Formulas: Ungar's gyrovector
spaces as in Ganea, Bécigneul and Hofmann (NeurIPS 2018), section 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from jaxtyping import Float64

from hypviz.errors import HypvizError
from hypviz.geometry.curvature import ball, from_dimensionless, to_dimensionless

if TYPE_CHECKING:
    import torch

LIMIT = 12.0  # largest dimensionless radius that geoopt's float64 ball keeps; it starts clipping at 12.2


def expmap0(v: Float64[np.ndarray, "*batch d"], *, c: float) -> Float64[np.ndarray, "*batch d"]:
    """The exponential map at the origin, tanh(sqrt(c)|v|) v / (sqrt(c)|v|): a point at distance 2|v| from the origin.

    Relative error of the point's norm < 1e-14; raises `HypvizError` where 2 sqrt(c)|v| exceeds `LIMIT`.
    """
    _check_radius(2.0 * to_dimensionless(np.linalg.norm(v, axis=-1), c=c), "expmap0")
    return _numpy(ball(c=c).expmap0(_torch(v)))


def logmap0(x: Float64[np.ndarray, "*batch d"], *, c: float) -> Float64[np.ndarray, "*batch d"]:
    """The inverse of `expmap0`: a tangent vector of half the point's distance from the origin.

    Relative error < 1e-12 for radius <= 5 and < 2e-11 up to `LIMIT`; raises `HypvizError` beyond.
    """
    _check_points(x, c, "logmap0")
    return _numpy(ball(c=c).logmap0(_torch(x)))


def mobius_add(x: Float64[np.ndarray, "*#batch d"], y: Float64[np.ndarray, "*#batch d"], *, c: float) -> Float64[np.ndarray, "*#batch d"]:
    """Möbius addition x ⊕ y; y -> (-x) ⊕ y is the isometry that brings x to the origin (without rotation along the geodesic).

    Raises `HypvizError` where an operand, or the two radii together, exceed `LIMIT`.
    """
    _check_pair(x, y, c, "mobius_add")
    return _numpy(ball(c=c).mobius_add(_torch(x), _torch(y)))


def expmap(x: Float64[np.ndarray, "*#batch d"], v: Float64[np.ndarray, "*#batch d"], *, c: float) -> Float64[np.ndarray, "*#batch d"]:
    """The exponential map at x: the point at distance lambda_x |v| from x, in the direction of the tangent vector v.

    Relative error of that distance < 1e-10; raises `HypvizError` where x's radius and the distance together exceed `LIMIT`.
    """
    length = conformal_factor(x, c=c) * np.linalg.norm(v, axis=-1)
    _check_radius(to_dimensionless(hyperbolic_radius(x, c=c) + length, c=c), "expmap")
    return _numpy(ball(c=c).expmap(_torch(x), _torch(v)))


def logmap(x: Float64[np.ndarray, "*#batch d"], y: Float64[np.ndarray, "*#batch d"], *, c: float) -> Float64[np.ndarray, "*#batch d"]:
    """The inverse of `expmap` at x: the tangent vector that leads from x to y; raises `HypvizError` as `distance` does."""
    _check_pair(x, y, c, "logmap")
    return _numpy(ball(c=c).logmap(_torch(x), _torch(y)))


def ball_geodesic(
    share: Float64[np.ndarray, " n"], x: Float64[np.ndarray, " d"], y: Float64[np.ndarray, " d"], *, c: float
) -> Float64[np.ndarray, "n d"]:
    """The points at each share of the way from x (0) to y (1) along the geodesic; raises `HypvizError` as `distance` does."""
    _check_pair(x, y, c, "ball_geodesic")
    return _numpy(ball(c=c).geodesic(_torch(share)[:, None], _torch(x), _torch(y)))


def weighted_midpoint(
    x: Float64[np.ndarray, "n d"], *, weights: Float64[np.ndarray, " n"] | None = None, c: float
) -> Float64[np.ndarray, " d"]:
    """The gyromidpoint 1/2 ⊗ (sum w lambda_x x / sum w (lambda_x - 1)) of n points: the mean on the hyperboloid, scaled onto it.

    `weights` are not negative and not all 0, None for equal ones. Ungar, A Gyrovector Space Approach to Hyperbolic Geometry, 2009,
    chapter 4. Error < 1e-10 of the distance from the origin; raises `HypvizError` beyond `LIMIT` and for weights that are none.
    """
    _check_points(x, c, "weighted_midpoint")
    if weights is not None and (np.any(weights < 0.0) or not np.any(weights > 0.0)):
        raise HypvizError("The weights of a midpoint must not be negative, nor all 0; check the weights.")
    found = ball(c=c).weighted_midpoint(_torch(x), None if weights is None else _torch(weights))
    return _numpy(cast("torch.Tensor", found))


def distance(x: Float64[np.ndarray, "*#batch d"], y: Float64[np.ndarray, "*#batch d"], *, c: float) -> Float64[np.ndarray, "*#batch"]:
    """The geodesic distance 2/sqrt(c) artanh(sqrt(c) |(-x) ⊕ y|).

    Relative error < 2e-11; raises `HypvizError` where the two radii together exceed `LIMIT`.
    """
    _check_pair(x, y, c, "distance")
    return _numpy(ball(c=c).dist(_torch(x), _torch(y)))


def hyperbolic_radius(x: Float64[np.ndarray, "*batch d"], *, c: float) -> Float64[np.ndarray, "*batch"]:
    """The distance 2/sqrt(c) artanh(sqrt(c)|x|) from the origin; raises `HypvizError` for a point on or outside the boundary."""
    size = to_dimensionless(np.linalg.norm(x, axis=-1), c=c)
    if np.any(size >= 1.0):
        raise HypvizError(f"A point has sqrt(c)|x| = {float(np.max(size)):.6g}, but the ball ends before 1; check c = {c} and the points.")
    return from_dimensionless(2.0 * np.arctanh(size), c=c)


def conformal_factor(x: Float64[np.ndarray, "*batch d"], *, c: float) -> Float64[np.ndarray, "*batch"]:
    """lambda_x = 2 / (1 - c|x|^2): how much longer a small step is than it looks; raises `HypvizError` beyond `LIMIT`."""
    _check_points(x, c, "conformal_factor")
    return _numpy(ball(c=c).lambda_x(_torch(x)))


def _check_points(x: np.ndarray, c: float, what: str) -> None:
    _check_radius(to_dimensionless(hyperbolic_radius(x, c=c), c=c), what)


def _check_pair(x: np.ndarray, y: np.ndarray, c: float, what: str) -> None:
    _check_radius(to_dimensionless(hyperbolic_radius(x, c=c) + hyperbolic_radius(y, c=c), c=c), what)


def _check_radius(rho: np.ndarray, what: str) -> None:
    largest = float(np.max(rho, initial=0.0))
    if not largest <= LIMIT:
        raise HypvizError(
            f"{what} was asked for hyperbolic radius {largest:.4g}, where the float64 ball ends at {LIMIT:g}; use polar form."
        )


def _torch(values: np.ndarray) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.array(values, dtype=np.float64))


def _numpy(values: torch.Tensor) -> np.ndarray:
    return values.numpy()
