"""The dendrogram layout: angle from the leaf order of an average-linkage tree on centred cosine distances, radius from frequency.

Exact up to `average_linkage.EXACT_LIMIT` tokens. Beyond, k-means groups are clustered apart and put in the leaf order of their
centres; the record says how many groups there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypviz.layout.parts import linkage as trees
from hypviz.layout.parts.leaf_order import ROUNDS, flipped_leaves, settle
from hypviz.layout.parts.linkage import average_linkage, group_centres, kmeans_groups
from hypviz.layout.parts.neighbours import nearest_by_cosine
from hypviz.layout.parts.radius import radius_share
from hypviz.records.layout import LayoutShape

SPACING = 0.2  # the sector of rank r is proportional to (1 + r)^-SPACING: frequent tokens lie where arcs are short
FRIENDS = 10
PROBED = 3  # groups in which a token's neighbours are looked for, its own included
TREE = 60  # per cent of the work that the trees are, about; the rest is settling


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeOrder:
    """`order` (n,) the rows around the circle, `near` (n, k) each row's nearest, `n_groups` as in `LayoutShape`.

    `n_rounds_done` of the `leaf_order.ROUNDS` rounds of settling were made.
    """

    order: np.ndarray
    near: np.ndarray
    n_groups: int | None
    n_rounds_done: int


def dendrogram_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape for rows (n, d) of unit length (or 0) sorted by frequency, the most frequent first.

    Asked to stop, it raises `Stopped` while it builds the tree, and gives the order so far while that is settling.
    """
    n = len(units)
    if n < 3:
        return LayoutShape(share=radius_share(n), theta=sector_angles(np.arange(n)), n_groups=None, n_shortened=0)
    tree = dendrogram_order(units, seed=seed, progress=progress, should_stop=should_stop)
    return LayoutShape(
        share=radius_share(n),
        theta=sector_angles(tree.order),
        n_groups=tree.n_groups,
        n_shortened=0,
        n_rounds=ROUNDS,
        n_rounds_done=tree.n_rounds_done,
    )


def dendrogram_order(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TreeOrder:
    """The settled leaf order of at least 3 rows (n, d) of unit length, and the neighbours it was settled by."""
    n = len(units)
    tell = progress if progress is not None else _nobody
    if n <= trees.EXACT_LIMIT:
        order, n_groups = _leaves(units, should_stop), None
        near = nearest_by_cosine(units, np.arange(n), k=FRIENDS, should_stop=should_stop).astype(np.int64)
    else:
        groups = kmeans_groups(units, seed=seed, should_stop=should_stop)
        order, near = _grouped_leaves(units, groups, tell, should_stop)
        n_groups = len(groups)
    order, made = settle(
        order, near, seed=seed, progress=lambda done, total: tell(TREE + (100 - TREE) * done // total, 100), should_stop=should_stop
    )
    return TreeOrder(order=order, near=near, n_groups=n_groups, n_rounds_done=made)


def sector_angles(order: np.ndarray) -> np.ndarray:
    """Angles (n,) in [-pi, pi) of the rows in circular `order`: each in the middle of its sector, sectors by rank."""
    width = (1.0 + order.astype(np.float64)) ** -SPACING
    edge = np.cumsum(width)
    theta = np.empty(len(order))
    theta[order] = 2.0 * np.pi * (edge - width / 2.0) / edge[-1] - np.pi
    return theta


def _leaves(units: np.ndarray, should_stop: Callable[[], bool] | None) -> np.ndarray:
    """Leaf order of the average-linkage tree of a few thousand rows."""
    if len(units) < 3:
        return np.arange(len(units))
    return flipped_leaves(average_linkage(units, should_stop=should_stop), units)


def _grouped_leaves(
    units: np.ndarray, groups: list[np.ndarray], tell: Callable[[int, int], None], should_stop: Callable[[], bool] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The groups in leaf order of their centres, each in its own leaf order; and every row's neighbours in the `PROBED` nearest groups."""
    centres = group_centres(units, groups)
    closest = np.argsort(-(centres @ centres.T) - 2.0 * np.eye(len(groups)), axis=1, kind="stable")[:, :PROBED]
    near = np.empty((len(units), FRIENDS), dtype=np.int64)
    pieces: list[np.ndarray] = []
    for done, g in enumerate(_leaves(centres, should_stop).tolist()):
        rows = groups[g]
        piece = rows[_leaves(units[rows], should_stop)]
        if pieces and units[pieces[-1][-1]] @ units[piece[-1]] > units[pieces[-1][-1]] @ units[piece[0]]:
            piece = piece[::-1]
        pieces.append(piece)
        near[rows] = _friends(units, rows.size, np.concatenate([groups[other] for other in closest[g]]), should_stop)
        tell(round(TREE * (done + 1) / len(groups)), 100)
    return np.concatenate(pieces), near


def _friends(units: np.ndarray, n_queries: int, pool: np.ndarray, should_stop: Callable[[], bool] | None) -> np.ndarray:
    """`FRIENDS` neighbours in `pool` of its first rows; a pool too small for that repeats what it has."""
    if pool.size == 1:
        return np.full((1, FRIENDS), pool[0])
    local = nearest_by_cosine(units[pool], np.arange(n_queries), k=FRIENDS, should_stop=should_stop)
    return pool[local[:, np.arange(FRIENDS) % local.shape[1]]]


def _nobody(done: int, total: int) -> None:
    """The progress of a caller that asked for none."""
