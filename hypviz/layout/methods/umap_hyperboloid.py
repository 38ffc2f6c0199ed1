"""The UMAP layout of umap-learn's own hyperbolic plane (output_metric "hyperboloid"), for comparison with ours.

In: rows of unit length. Out: a shape. umap-learn's coordinates (x, y) are the space part of a point (x, y, t), t^2 = 1 + x^2 + y^2,
of the hyperboloid (umap-learn's documentation, Embedding to non-Euclidean spaces). Its points pile up on one side, so the middle of
the layout is moved to the origin by an isometry, which changes no distance between them.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.geometry import PolarPoints, recentre_polar
from hypviz.layout.parts.umap_plane import umap_plane
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import scaled
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.work import NOBODY, Work

STAGES = (Stage(share=0.3, text="finding the exact neighbours"), Stage(share=0.7, text="UMAP: 200 to 500 rounds"))
TOKEN_SECONDS, COMPILING = 1.2e-2, 15


def umap_hyperboloid_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape; raises `HypvizError` and `Stopped` as `umap_plane` does."""
    finding, fitting = stage_works(work, STAGES)
    points = hyperboloid_points(umap_plane(rows, output_metric="hyperboloid", seed=seed, finding=finding, fitting=fitting))
    return LayoutShape(share=points.rho / max(points.rho.max(), 1e-300), theta=points.theta, n_groups=None, n_shortened=0)


def hyperboloid_points(plane: Float64[np.ndarray, "n 2"]) -> PolarPoints:
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


def _radius(layout: DiskLayout) -> str:
    return f"Radius from umap-learn's hyperboloid, its middle moved to the origin, {scaled(layout)}; frequency plays no part in it."


def _angle(layout: DiskLayout) -> str:
    return "Angle from UMAP of the centred rows (cosine), laid out on the hyperboloid."


ENTRY = LayoutMethod(
    name="umap-hyperboloid",
    label="UMAP hyperboloid",
    help="UMAP's own hyperbolic output; slow",
    order=60,
    libraries=("umap-learn", "numba"),
    shape=umap_hyperboloid_shape,
    stages=STAGES,
    seconds=lambda n: n * TOKEN_SECONDS + COMPILING,
    radius_from="layout",
    uses_frequency=False,
    radius_sentence=_radius,
    angle_sentence=_angle,
)
