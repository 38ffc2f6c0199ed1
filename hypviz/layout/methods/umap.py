"""The UMAP layout: a Euclidean UMAP of the rows, scaled into the drawn disk, where the Poincaré metric is conformal.

In: rows of unit length. Out: a shape in the drawing. The exponential map would stretch the plane sideways, by sinh(rho) / rho.
Frequency plays no part in the radius.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.layout.parts.umap_plane import umap_plane
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import scaled
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.work import NOBODY, Work

TRUSTED = 1.5
STAGES = (Stage(share=0.3, text="finding the exact neighbours"), Stage(share=0.7, text="UMAP: 200 to 500 rounds"))
TOKEN_SECONDS, COMPILING = 8e-3, 15


def umap_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape; raises `HypvizError` and `Stopped` as `umap_plane` does."""
    finding, fitting = stage_works(work, STAGES)
    return drawn_shape(umap_plane(rows, output_metric="euclidean", seed=seed, finding=finding, fitting=fitting))


def drawn_shape(plane: Float64[np.ndarray, "n 2"]) -> LayoutShape:
    """The shape in the drawing of points (n, 2), centred at their median and scaled to the farthest.

    UMAP puts islands of the vocabulary at distances that mean nothing; a length beyond `TRUSTED` medians therefore grows only
    with its logarithm, so that one far island does not press everything else into the middle. Their number is in the record.
    """
    plane = plane - np.median(plane, axis=0)
    length = np.hypot(plane[:, 0], plane[:, 1])
    bound = TRUSTED * np.median(length)
    far = length > bound
    if bound > 0:
        length = np.where(far, bound * (1.0 + np.log(np.maximum(length, bound) / bound)), length)
    theta = np.arctan2(plane[:, 1], plane[:, 0])
    share = length / max(length.max(), 1e-300)
    return LayoutShape(share=share, theta=theta, n_groups=None, n_shortened=int(far.sum()), in_drawing=True)


def _radius(layout: DiskLayout) -> str:
    far = f" The {layout.n_shortened:,} farthest grow only with their logarithm." if layout.n_shortened else ""
    return f"Radius from UMAP, {scaled(layout)}; frequency plays no part in it.{far}"


def _angle(layout: DiskLayout) -> str:
    return "Laid out by UMAP of the centred rows on their exact nearest neighbours (cosine), and scaled into the drawn disk."


ENTRY = LayoutMethod(
    name="umap",
    label="UMAP",
    help="a flat map scaled into the drawn disk; slow",
    order=50,
    libraries=("umap-learn", "numba"),
    shape=umap_shape,
    stages=STAGES,
    seconds=lambda n: n * TOKEN_SECONDS + COMPILING,
    radius_from="layout",
    uses_frequency=False,
    radius_sentence=_radius,
    angle_sentence=_angle,
)
