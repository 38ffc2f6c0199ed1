"""The hyperbolic UMAP layout with frequency: the same descent, while every token is drawn towards a radius by its rank.

In: rows sorted by frequency. Out: a shape.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.layout.parts.hyperbolic_descent import STAGES, descended_shape, descent_seconds
from hypviz.layout.registry import LayoutMethod, LayoutRows
from hypviz.layout.sentences import scaled, start_from_tree, the_rank
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.work import NOBODY, Work

WANTED_RADIUS = 4.0  # of the least frequent token


def frequency_umap_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape, its tokens drawn towards `wanted_radii`; raises `HypvizError` and `Stopped` as `descended_shape` does."""
    return descended_shape(rows, wanted=wanted_radii(len(rows.units)), seed=seed, work=work)


def wanted_radii(n: int) -> Float64[np.ndarray, " n"]:
    """Radii (n,) by rank that fill the drawn disk: tanh^2(rho/2) is the square root of the share of tokens within.

    Without the root the tokens would lie evenly over the drawn disk, and so too near its middle for the neighbours that they have.
    """
    within = (np.arange(n) + 0.5) / n
    return 2.0 * np.arctanh(within**0.25 * np.tanh(WANTED_RADIUS / 2.0))


def _radius(layout: DiskLayout) -> str:
    descending = "Radius and angle from descending UMAP's cross-entropy with the hyperbolic distance"
    return f"{descending}, every token drawn towards a radius by {the_rank(layout)}, {scaled(layout)}."


ENTRY = LayoutMethod(
    name="frequency-umap",
    label="Hyperbolic UMAP with frequency",
    help="hyperbolic UMAP in which frequent tokens are drawn inwards and rare ones outwards",
    order=30,
    libraries=("scipy", "scikit-learn", "numba"),
    shape=frequency_umap_shape,
    stages=STAGES,
    seconds=descent_seconds,
    radius_from="layout",
    uses_frequency=True,
    radius_sentence=_radius,
    angle_sentence=start_from_tree,
)
