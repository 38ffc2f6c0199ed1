"""The UMAP layout of umap-learn's own hyperbolic plane (output_metric "hyperboloid"), for comparison with ours.

In: rows of unit length. Out: a shape. umap-learn's coordinates (x, y) are the space part of a point (x, y, t), t^2 = 1 + x^2 + y^2,
of the hyperboloid (umap-learn's documentation, Embedding to non-Euclidean spaces). Its points pile up on one side, so the middle of
the layout is moved to the origin by an isometry, which changes no distance between them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.geometry import PolarPoints
from hypviz.geometry.polar import recentre_polar
from hypviz.layout.parts.umap_plane import umap_plane
from hypviz.records.layout import LayoutShape


def umap_hyperboloid_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape for rows (n, d) of unit length (or 0); raises `HypvizError` and `Stopped` as `umap_plane` does."""
    points = hyperboloid_points(umap_plane(units, output_metric="hyperboloid", seed=seed, progress=progress, should_stop=should_stop))
    return LayoutShape(share=points.rho / max(points.rho.max(), 1e-300), theta=points.theta, n_groups=None, n_shortened=0)


def hyperboloid_points(plane: np.ndarray) -> PolarPoints:
    """The polar points (n,) of space parts (n, 2), their middle at the origin.

    rho = arsinh |(x, y)|. The middle is the mean of the points in R^3, scaled onto the hyperboloid (Ratcliffe, Foundations of
    Hyperbolic Manifolds, section 3.1, takes time-like vectors so): the point with the least sum of cosh d. Error of the distances
    about 1e-15 sinh(rho), far below the float32 of umap-learn.
    """
    size = np.hypot(plane[:, 0], plane[:, 1])
    rho, theta = np.arcsinh(size), np.arctan2(plane[:, 1], plane[:, 0])
    x, y = plane.mean(axis=0)
    t = np.hypot(1.0, size).mean()
    middle = np.hypot(x, y)
    return recentre_polar(rho, theta, centre_rho=float(np.arctanh(middle / t)), centre_theta=float(np.arctan2(y, x)))
