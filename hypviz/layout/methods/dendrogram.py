"""The dendrogram layout: angle from the leaf order of an average-linkage tree on centred cosine distances, radius from frequency.

In: rows sorted by frequency. Out: a shape. Exact up to `linkage.EXACT_LIMIT` tokens.
"""

from __future__ import annotations

import numpy as np

from hypviz.layout.parts.leaf_order import ROUNDS
from hypviz.layout.parts.linkage import tree_seconds
from hypviz.layout.parts.radius import radius_share
from hypviz.layout.parts.tree_order import CLUSTERING, sector_angles, tree_order
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import radius_from_rank
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.work import NOBODY, Work

STAGES = (
    Stage(share=CLUSTERING, text="clustering"),
    Stage(share=1.0 - CLUSTERING, text="settling the order; a stop keeps the layout so far"),
)


def dendrogram_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape; asked to stop, it raises `Stopped` while it builds the tree, and gives the order so far while that is settling."""
    n = len(rows.units)
    if n < 3:
        return LayoutShape(share=radius_share(n), theta=sector_angles(np.arange(n)), n_groups=None, n_shortened=0)
    clustering, settling = stage_works(work, STAGES)
    tree = tree_order(rows.units, find=rows.nearest, seed=seed, clustering=clustering, settling=settling)
    return LayoutShape(
        share=radius_share(n),
        theta=sector_angles(tree.order),
        n_groups=tree.n_groups,
        n_shortened=0,
        n_rounds=ROUNDS,
        n_rounds_done=tree.n_rounds_done,
    )


def _angle(layout: DiskLayout) -> str:
    if layout.n_groups is None:
        return "Angle from the leaf order of an average-linkage tree on centred cosine distances."
    return f"Angle from leaf orders of average-linkage trees in {layout.n_groups} k-means groups, the groups ordered by their centres."


ENTRY = LayoutMethod(
    name="dendrogram",
    label="Dendrogram",
    help="angle from a tree of similar tokens, radius from frequency",
    order=10,
    libraries=("scipy", "scikit-learn"),
    shape=dendrogram_shape,
    stages=STAGES,
    seconds=tree_seconds,
    radius_from="rank",
    uses_frequency=True,
    radius_sentence=radius_from_rank,
    angle_sentence=_angle,
)
