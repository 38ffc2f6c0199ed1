"""The hyperbolic UMAP layouts: start as a dendrogram and descend UMAP's cross-entropy with the hyperbolic distance.

In: rows of unit length sorted by frequency. Out: a shape. Where the Euclidean UMAP is carried into the disk afterwards, these are
laid out there, so that the room near the rim is used. For `hyperbolic_umap_shape` frequency gives the start and nothing else; for
`frequency_umap_shape` it also draws every token towards a radius of its own while the neighbours find each other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError
from hypviz.geometry import PolarPoints
from hypviz.layout.methods.dendrogram import dendrogram_order, sector_angles
from hypviz.layout.parts.descent import descend
from hypviz.layout.parts.fuzzy_graph import fuzzy_graph
from hypviz.layout.parts.radius import radius_share
from hypviz.records.layout import LayoutShape

FEWEST = 5
START_RADIUS = 2.5
ROUNDS, MANY, ROUNDS_OF_MANY = 200, 20_000, 100
TREE = 40  # per cent of the work that the start takes, about
WANTED_RADIUS = 4.0  # of the least frequent token


def frequency_umap_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """As `hyperbolic_umap_shape`, with the tokens drawn towards `wanted_radii`."""
    return _descended(units, wanted_radii(len(units)), seed, progress, should_stop)


def wanted_radii(n: int) -> np.ndarray:
    """Radii (n,) by rank that fill the drawn disk: tanh^2(rho/2) is the square root of the share of tokens within.

    Without the root the tokens would lie evenly over the drawn disk, and so too near its middle for the neighbours that they have.
    """
    within = (np.arange(n) + 0.5) / n
    return 2.0 * np.arctanh(within**0.25 * np.tanh(WANTED_RADIUS / 2.0))


def hyperbolic_umap_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape for rows (n, d) of unit length (or 0); raises `HypvizError` for fewer than `FEWEST` tokens.

    Asked to stop, it raises `Stopped` while it builds the tree, and gives what the descent has reached after that.
    """
    return _descended(units, None, seed, progress, should_stop)


def _descended(
    units: np.ndarray,
    wanted: np.ndarray | None,
    seed: int,
    progress: Callable[[int, int], None] | None,
    should_stop: Callable[[], bool] | None,
) -> LayoutShape:
    n = len(units)
    if n < FEWEST:
        raise HypvizError(f"Hyperbolic UMAP needs at least {FEWEST} tokens, but got {n}; choose more tokens or the dendrogram layout.")
    tell = progress if progress is not None else _nobody
    tree = dendrogram_order(units, seed=seed, progress=lambda done, total: tell(TREE * done // total, 100), should_stop=should_stop)
    start = PolarPoints(rho=START_RADIUS * radius_share(n), theta=sector_angles(tree.order))
    n_rounds = ROUNDS if n <= MANY else ROUNDS_OF_MANY
    points, made = descend(
        start,
        fuzzy_graph(tree.near, _distances(units, tree.near)),
        n_rounds=n_rounds,
        seed=seed,
        wanted=wanted,
        progress=lambda done, total: tell(TREE + (100 - TREE) * done // total, 100),
        should_stop=should_stop,
    )
    return LayoutShape(
        share=points.rho / points.rho.max(),
        theta=points.theta,
        n_groups=tree.n_groups,
        n_shortened=0,
        n_rounds=n_rounds,
        n_rounds_done=made,
    )


def _distances(units: np.ndarray, near: np.ndarray) -> np.ndarray:
    """1 - cosine to each neighbour (n, k) float64, a column at a time."""
    columns = [1.0 - np.einsum("ij,ij->i", units, units[near[:, j]], dtype=np.float64) for j in range(near.shape[1])]
    return np.maximum(np.stack(columns, axis=1), 0.0)


def _nobody(done: int, total: int) -> None:
    """The progress of a caller that asked for none."""
