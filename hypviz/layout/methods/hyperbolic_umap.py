"""The hyperbolic UMAP layout: start as a dendrogram and descend UMAP's cross-entropy with the hyperbolic distance.

In: rows sorted by frequency, which gives the start and nothing else. Out: a shape.
"""

from __future__ import annotations

from hypviz.layout.parts.hyperbolic_descent import STAGES, descended_shape, descent_seconds
from hypviz.layout.registry import LayoutMethod, LayoutRows
from hypviz.layout.sentences import scaled, start_from_tree
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.work import NOBODY, Work


def hyperbolic_umap_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape; raises `HypvizError` and `Stopped` as `descended_shape` does."""
    return descended_shape(rows, wanted=None, seed=seed, work=work)


def _radius(layout: DiskLayout) -> str:
    descending = "Radius and angle from descending UMAP's cross-entropy with the hyperbolic distance"
    return f"{descending}, {scaled(layout)}; frequency gave the start only."


ENTRY = LayoutMethod(
    name="hyperbolic-umap",
    label="Hyperbolic UMAP",
    help="starts as a dendrogram and moves the tokens in the hyperbolic plane until neighbours are near",
    order=20,
    libraries=("scipy", "scikit-learn", "numba"),
    shape=hyperbolic_umap_shape,
    stages=STAGES,
    seconds=descent_seconds,
    radius_from="layout",
    uses_frequency=False,
    radius_sentence=_radius,
    angle_sentence=start_from_tree,
)
