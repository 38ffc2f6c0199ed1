"""A tree whose nodes are the tokens, fitted to the rows.

In: rows (n, d) of unit length (or 0), the most frequent first. Out: the tree and the order of its rows around a circle. Where two
branches of the average-linkage tree meet, the less frequent of their two most frequent tokens hangs below the other, by an edge as
long as the branches are apart (mean 1 - cosine). The root is the most frequent token; every branch keeps its tokens. Frequency says
which token stands for a branch and nothing else. Beyond `linkage.EXACT_LIMIT` tokens the tree is made within k-means groups, then
over the groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from hypviz.layout.parts import linkage
from hypviz.layout.parts.leaf_order import flipped_leaves
from hypviz.layout.parts.linkage import average_linkage, group_centres, kmeans_groups
from hypviz.work import NOBODY, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTree:
    """`parent` (n,) int64, smaller than its child's row and -1 at the root, row 0; `length` (n,) of the edge to the parent, 0 at the root.

    `order` (n,) the rows around the circle, every branch together; `n_groups` as in `LayoutShape`.
    """

    parent: Int64[np.ndarray, " n"]
    length: Float64[np.ndarray, " n"]
    order: Int64[np.ndarray, " n"]
    n_groups: int | None


def fit_tree(units: Float32[np.ndarray, "n d"], *, seed: int, work: Work = NOBODY) -> FittedTree:
    """The tree over the rows (n, d), n >= 1; raises `Stopped`."""
    n = len(units)
    parent, length = np.full(n, -1, dtype=np.int64), np.zeros(n)
    if n <= linkage.EXACT_LIMIT:
        order = _branch(units, np.arange(n), parent, length, work)
        work.report(1, 1)
        return FittedTree(parent=parent, length=length, order=order, n_groups=None)
    groups = kmeans_groups(units, seed=seed, work=work)
    pieces: list[np.ndarray] = []
    for done, rows in enumerate(groups):
        pieces.append(_branch(units[rows], rows, parent, length, work))
        work.report(done + 1, len(groups) + 1)
    heads = np.array([rows[0] for rows in groups])
    place_of = {int(head): g for g, head in enumerate(heads)}
    outer = _branch(group_centres(units, groups), heads, parent, length, work)
    work.report(1, 1)
    order = np.concatenate([pieces[place_of[int(head)]] for head in outer])
    return FittedTree(parent=parent, length=length, order=order, n_groups=len(groups))


def _branch(
    units: Float32[np.ndarray, "m d"],
    names: Int64[np.ndarray, " m"],
    parent: Int64[np.ndarray, " n"],
    length: Float64[np.ndarray, " n"],
    work: Work,
) -> Int64[np.ndarray, " m"]:
    """Hangs the rows called `names` (m,), ascending, below one another in `parent` and `length`; their names in leaf order (m,)."""
    m = len(units)
    if m < 2:
        return names
    merges = average_linkage(units, work=work)
    head = np.concatenate([np.arange(m), np.empty(m - 1, dtype=np.int64)])
    for step, (first, second) in enumerate(merges[:, :2].astype(np.int64).tolist()):
        upper, lower = sorted((int(head[first]), int(head[second])))
        parent[names[lower]], length[names[lower]] = names[upper], merges[step, 2]
        head[m + step] = upper
    return names[flipped_leaves(merges, units)]
