"""The settled leaf order of an average-linkage tree: which row follows which around the circle.

In: rows (n, d) of unit length (or 0). Out: `TreeOrder`. Exact up to `linkage.EXACT_LIMIT` rows; beyond, k-means groups are clustered
apart and put in the leaf order of their centres, and the record says how many groups there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from hypviz.layout.parts import linkage
from hypviz.layout.parts.leaf_order import flipped_leaves, settle
from hypviz.layout.parts.linkage import average_linkage, group_centres, kmeans_groups
from hypviz.layout.parts.neighbours import nearest_by_cosine
from hypviz.work import NOBODY, Work

SPACING = 0.2  # the sector of rank r is proportional to (1 + r)^-SPACING: frequent tokens lie where arcs are short
FRIENDS = 10
FindNearest = Callable[[int, Work], Int64[np.ndarray, "n k"]]  # the k true neighbours of every row
CLUSTERING = 0.6  # of the work is the trees, about; the rest is settling


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeOrder:
    """`order` (n,) the rows around the circle, `near` (n, k) each row's nearest, `n_groups` as in `LayoutShape`.

    `n_rounds_done` of the `leaf_order.ROUNDS` rounds of settling were made.
    """

    order: Int64[np.ndarray, " n"]
    near: Int64[np.ndarray, "n k"]
    n_groups: int | None
    n_rounds_done: int


def tree_order(
    units: Float32[np.ndarray, "n d"], *, find: FindNearest, seed: int, clustering: Work = NOBODY, settling: Work = NOBODY
) -> TreeOrder:
    """The order of at least 3 rows (n, d) of unit length, and the neighbours it was settled by; `find` gives those of many rows.

    Asked to stop, it raises `Stopped` while `clustering`, and gives the order so far while `settling`.
    """
    n = len(units)
    if n <= linkage.EXACT_LIMIT:
        order, n_groups = _leaves(units, clustering), None
        near = nearest_by_cosine(units, np.arange(n), k=FRIENDS, work=clustering).astype(np.int64)
    else:
        near = find(FRIENDS, clustering.part(0.5))
        groups = kmeans_groups(units, seed=seed, work=clustering)
        order, n_groups = _grouped_leaves(units, groups, clustering.part(0.5)), len(groups)
    settled = settle(order, near, seed=seed, work=settling)
    return TreeOrder(order=settled.order, near=near, n_groups=n_groups, n_rounds_done=settled.n_rounds_done)


def sector_angles(order: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Angles (n,) in [-pi, pi) of the rows in circular `order`: each in the middle of its sector, sectors by rank."""
    width = (1.0 + order.astype(np.float64)) ** -SPACING
    edge = np.cumsum(width)
    theta = np.empty(len(order))
    theta[order] = 2.0 * np.pi * (edge - width / 2.0) / edge[-1] - np.pi
    return theta


def _leaves(units: Float32[np.ndarray, "n d"], work: Work) -> Int64[np.ndarray, " n"]:
    """Leaf order of the average-linkage tree of a few thousand rows."""
    if len(units) < 3:
        return np.arange(len(units))
    return flipped_leaves(average_linkage(units, work=work), units)


def _grouped_leaves(units: Float32[np.ndarray, "n d"], groups: list[np.ndarray], work: Work) -> Int64[np.ndarray, " n"]:
    """The groups in leaf order of their centres, each in its own leaf order."""
    pieces: list[np.ndarray] = []
    for g in _leaves(group_centres(units, groups), work):
        rows, own = groups[int(g)], work.part(1.0 / len(groups))
        piece = rows[_leaves(units[rows], own)]
        if pieces and units[pieces[-1][-1]] @ units[piece[-1]] > units[pieces[-1][-1]] @ units[piece[0]]:
            piece = piece[::-1]
        pieces.append(piece)
        own.report(1, 1)
    return np.concatenate(pieces)
