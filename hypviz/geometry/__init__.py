"""Maps, distances and isometries of the hyperbolic plane and ball, each at curvature -c with c > 0 passed by keyword.

`curvature` is the one place that knows how others name a curvature; `poincare` wraps geoopt's ball in any dimension, where coordinates
are moderate; `polar` is the plane in polar form, exact at any radius. Arrays are numpy float64. Nothing here draws, stores or chooses
a layout.
"""

from hypviz.geometry.alignment import Aligned, align
from hypviz.geometry.curvature import disk_radius, from_dimensionless, to_dimensionless
from hypviz.geometry.poincare import (
    ball_geodesic,
    conformal_factor,
    distance,
    expmap,
    expmap0,
    hyperbolic_radius,
    logmap,
    logmap0,
    mobius_add,
    weighted_midpoint,
)
from hypviz.geometry.polar import PolarPoints, disk_points, geodesic, polar_distance, polar_points, recentre_polar
from hypviz.geometry.tree_drawing import draw_tree

__all__ = [
    "Aligned",
    "PolarPoints",
    "align",
    "ball_geodesic",
    "conformal_factor",
    "disk_points",
    "disk_radius",
    "distance",
    "draw_tree",
    "expmap",
    "expmap0",
    "from_dimensionless",
    "geodesic",
    "hyperbolic_radius",
    "logmap",
    "logmap0",
    "mobius_add",
    "polar_distance",
    "polar_points",
    "recentre_polar",
    "to_dimensionless",
    "weighted_midpoint",
]
