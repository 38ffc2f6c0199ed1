"""The tree layout: a tree whose nodes are the tokens, fitted to the rows, drawn in wedges.

In: rows sorted by frequency. Out: a shape. Wedges as in Eades, Drawing free trees, Bulletin of the ICA 1992: rho grows with the path
from the root, and a branch owns the arc of its leaf order.
"""

from __future__ import annotations

import numpy as np

from hypviz.layout.parts.fitted_tree import fit_tree
from hypviz.layout.parts.linkage import tree_seconds
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import is_counted, scaled
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.work import NOBODY, Work

STAGES = (Stage(share=1.0, text="clustering"),)


def tree_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape: rho in proportion to the path from the root, angle in the middle of the token's place in the leaf order."""
    n, (clustering,) = len(rows.units), stage_works(work, STAGES)
    tree = fit_tree(rows.units, seed=seed, work=clustering)
    depth = np.zeros(n)
    for i in range(1, n):
        depth[i] = depth[tree.parent[i]] + tree.length[i]
    theta = np.empty(n)
    theta[tree.order] = 2.0 * np.pi * (np.arange(n) + 0.5) / n - np.pi
    return LayoutShape(share=depth / max(depth.max(), 1e-300), theta=theta, n_groups=tree.n_groups, n_shortened=0)


def _radius(layout: DiskLayout) -> str:
    return f"Radius from the length of the path to the root, the most frequent token, {scaled(layout)}."


def _angle(layout: DiskLayout) -> str:
    within = "" if layout.n_groups is None else f", within {layout.n_groups} k-means groups and then over the groups"
    proxy = "" if is_counted(layout) else f" ({layout.radius_source} stands in for the frequency)"
    return (
        f"Where two branches of an average-linkage tree on centred cosine distances meet{within}, the less frequent of their two most "
        f"frequent tokens hangs below the other{proxy}; each branch owns the arc of its tokens."
    )


ENTRY = LayoutMethod(
    name="tree",
    label="Tree of tokens",
    help="the tree of similar tokens itself, with the less frequent token below the more frequent one, drawn in wedges",
    order=40,
    libraries=("scipy", "scikit-learn"),
    shape=tree_shape,
    stages=STAGES,
    seconds=tree_seconds,
    radius_from="layout",
    uses_frequency=True,
    radius_sentence=_radius,
    angle_sentence=_angle,
)
