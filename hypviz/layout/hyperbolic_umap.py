"""The hyperbolic UMAP layout: starts as a dendrogram and descends UMAP's cross-entropy with the hyperbolic distance.

In: rows of unit length sorted by frequency. Out: a shape. Where the Euclidean UMAP is carried into the disk afterwards, this one
is laid out there, so that the room near the rim is used. Frequency gives the start and nothing else; the finding says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError
from hypviz.geometry import PolarPoints
from hypviz.layout.dendrogram import dendrogram_order, sector_angles
from hypviz.layout.fuzzy_graph import fuzzy_graph
from hypviz.layout.radius import radius_share
from hypviz.layout.riemannian_sgd import descend
from hypviz.records.layout import LayoutShape

FEWEST = 5
START_RADIUS = 2.5
ROUNDS, MANY, ROUNDS_OF_MANY = 200, 20_000, 100
TREE = 40  # per cent of the work that the start takes, about


def hyperbolic_umap_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape for rows (n, d) of unit length (or 0); raises `HypvizError` for fewer than `FEWEST` tokens and `Stopped`."""
    n = len(units)
    if n < FEWEST:
        raise HypvizError(f"Hyperbolic UMAP needs at least {FEWEST} tokens, but got {n}; choose more tokens or the dendrogram layout.")
    tell = progress if progress is not None else _nobody
    tree = dendrogram_order(units, seed=seed, progress=lambda done, total: tell(TREE * done // total, 100), should_stop=should_stop)
    start = PolarPoints(rho=START_RADIUS * radius_share(n), theta=sector_angles(tree.order))
    points = descend(
        start,
        fuzzy_graph(tree.near, _distances(units, tree.near)),
        n_rounds=ROUNDS if n <= MANY else ROUNDS_OF_MANY,
        seed=seed,
        progress=lambda done, total: tell(TREE + (100 - TREE) * done // total, 100),
        should_stop=should_stop,
    )
    return LayoutShape(share=points.rho / points.rho.max(), theta=points.theta, n_groups=tree.n_groups, n_shortened=0)


def _distances(units: np.ndarray, near: np.ndarray) -> np.ndarray:
    """1 - cosine to each neighbour (n, k) float64, a column at a time."""
    columns = [1.0 - np.einsum("ij,ij->i", units, units[near[:, j]], dtype=np.float64) for j in range(near.shape[1])]
    return np.maximum(np.stack(columns, axis=1), 0.0)


def _nobody(done: int, total: int) -> None:
    """The progress of a caller that asked for none."""
