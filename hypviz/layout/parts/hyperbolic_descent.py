"""A layout by descending UMAP's cross-entropy with the hyperbolic distance, from a dendrogram on.

In: rows of unit length sorted by frequency, and the radii that are wanted, if any. Out: a shape. Where the Euclidean UMAP is carried
into the disk afterwards, this is laid out there, so that the room near the rim is used.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int64

from hypviz.errors import HypvizError
from hypviz.geometry import PolarPoints
from hypviz.layout.parts.descent import ROUND_SECONDS, descend
from hypviz.layout.parts.fuzzy_graph import fuzzy_graph
from hypviz.layout.parts.linkage import tree_seconds
from hypviz.layout.parts.radius import radius_share
from hypviz.layout.parts.tree_order import CLUSTERING, sector_angles, tree_order
from hypviz.layout.registry import LayoutRows, Stage, stage_works
from hypviz.records.layout import LayoutShape
from hypviz.work import NOBODY, Work

FEWEST = 5
START_RADIUS = 2.5
ROUNDS, MANY, ROUNDS_OF_MANY = 200, 20_000, 100
STAGES = (
    Stage(share=0.4, text="clustering"),
    Stage(share=0.6, text="moving tokens in the hyperbolic plane; a stop keeps the layout so far"),
)


def descent_seconds(n: int) -> float:
    """A first guess for n tokens; compiling takes the 3."""
    return tree_seconds(n) + n * ROUND_SECONDS + 3


def descended_shape(rows: LayoutRows, *, wanted: Float64[np.ndarray, " n"] | None, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape for rows (n, d) of unit length (or 0), drawn towards the radii `wanted` (n,); `HypvizError` for fewer than `FEWEST`.

    Asked to stop, it raises `Stopped` while it builds the tree, and gives what the descent has reached after that.
    """
    units, n = rows.units, len(rows.units)
    if n < FEWEST:
        raise HypvizError(f"Hyperbolic UMAP needs at least {FEWEST} tokens, but got {n}; choose more tokens or the dendrogram layout.")
    starting, descending = stage_works(work, STAGES)
    tree = tree_order(units, find=rows.nearest, seed=seed, clustering=starting.part(CLUSTERING), settling=starting.part(1.0 - CLUSTERING))
    start = PolarPoints(rho=START_RADIUS * radius_share(n), theta=sector_angles(tree.order))
    n_rounds = ROUNDS if n <= MANY else ROUNDS_OF_MANY
    graph = fuzzy_graph(tree.near, _distances(units, tree.near))
    found = descend(start, graph, n_rounds=n_rounds, seed=seed, wanted=wanted, work=descending)
    return LayoutShape(
        share=found.points.rho / found.points.rho.max(),
        theta=found.points.theta,
        n_groups=tree.n_groups,
        n_shortened=0,
        n_rounds=n_rounds,
        n_rounds_done=found.n_rounds_done,
    )


def _distances(units: Float32[np.ndarray, "n d"], near: Int64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
    """1 - cosine to each neighbour (n, k) float64, a column at a time."""
    columns = [1.0 - np.einsum("ij,ij->i", units, units[near[:, j]], dtype=np.float64) for j in range(near.shape[1])]
    return np.maximum(np.stack(columns, axis=1), 0.0)
