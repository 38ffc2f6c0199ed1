"""The tree layout: a tree whose nodes are the tokens, fitted to the rows, drawn in wedges.

In: rows (n, d) of unit length (or 0), the most frequent first. Out: the tree, and its shape. Where two branches of the
average-linkage tree meet, the less frequent of their two most frequent tokens hangs below the other, by an edge as long as the
branches are apart (mean 1 - cosine). The root is the most frequent token; every branch keeps its tokens. Frequency says which
token stands for a branch and nothing else. Beyond `average_linkage.EXACT_LIMIT` tokens the tree is made within k-means groups,
then over the groups. Wedges as in Eades, Drawing free trees, Bulletin of the ICA 1992: rho grows with the path from the root, and
a branch owns the arc of its leaf order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypviz.layout.parts import linkage as trees
from hypviz.layout.parts.leaf_order import flipped_leaves
from hypviz.layout.parts.linkage import average_linkage, group_centres, kmeans_groups
from hypviz.records.layout import LayoutShape


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTree:
    """`parent` (n,) int64, smaller than its child's row and -1 at the root, row 0; `length` (n,) of the edge to the parent, 0 at the root.

    `order` (n,) the rows around the circle, every branch together; `n_groups` as in `LayoutShape`.
    """

    parent: np.ndarray
    length: np.ndarray
    order: np.ndarray
    n_groups: int | None


def tree_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape: rho in proportion to the path from the root, angle in the middle of the token's place in the leaf order."""
    n = len(units)
    tree = fit_tree(units, seed=seed, progress=progress, should_stop=should_stop)
    depth = np.zeros(n)
    for i in range(1, n):
        depth[i] = depth[tree.parent[i]] + tree.length[i]
    theta = np.empty(n)
    theta[tree.order] = 2.0 * np.pi * (np.arange(n) + 0.5) / n - np.pi
    return LayoutShape(share=depth / max(depth.max(), 1e-300), theta=theta, n_groups=tree.n_groups, n_shortened=0)


def fit_tree(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FittedTree:
    """The tree over the rows (n, d), n >= 1; raises `Stopped`."""
    n = len(units)
    tell = progress if progress is not None else _nobody
    parent, length = np.full(n, -1, dtype=np.int64), np.zeros(n)
    if n <= trees.EXACT_LIMIT:
        order = _branch(units, np.arange(n), parent, length, should_stop)
        tell(1, 1)
        return FittedTree(parent=parent, length=length, order=order, n_groups=None)
    groups = kmeans_groups(units, seed=seed, should_stop=should_stop)
    pieces: list[np.ndarray] = []
    for done, rows in enumerate(groups):
        pieces.append(_branch(units[rows], rows, parent, length, should_stop))
        tell(done + 1, len(groups) + 1)
    heads = np.array([rows[0] for rows in groups])
    place_of = {int(head): g for g, head in enumerate(heads)}
    outer = _branch(group_centres(units, groups), heads, parent, length, should_stop)
    tell(1, 1)
    order = np.concatenate([pieces[place_of[int(head)]] for head in outer])
    return FittedTree(parent=parent, length=length, order=order, n_groups=len(groups))


def _branch(
    units: np.ndarray, names: np.ndarray, parent: np.ndarray, length: np.ndarray, should_stop: Callable[[], bool] | None
) -> np.ndarray:
    """Hangs the rows called `names` (m,), ascending, below one another in `parent` and `length`; their names in leaf order (m,)."""
    m = len(units)
    if m < 2:
        return names
    merges = average_linkage(units, should_stop=should_stop)
    head = np.concatenate([np.arange(m), np.empty(m - 1, dtype=np.int64)])
    for step, (first, second) in enumerate(merges[:, :2].astype(np.int64).tolist()):
        upper, lower = sorted((int(head[first]), int(head[second])))
        parent[names[lower]], length[names[lower]] = names[upper], merges[step, 2]
        head[m + step] = upper
    return names[flipped_leaves(merges, units)]


def _nobody(done: int, total: int) -> None:
    """The progress of a caller that asked for none."""
