"""Stochastic gradient descent in the hyperbolic plane of UMAP's cross-entropy, every step along a geodesic.

In: polar points and weighted edges. Out: polar points. A pair at hyperbolic distance d is alike with probability
1 / (1 + a D^(2b)), D = SCALE d; edges attract, pairs drawn at random repel GAMMA times, as in McInnes, Healy and Melville, UMAP,
arXiv 1802.03426, Section 4.3. The descent direction of d is the geodesic itself, so a step is the exponential map on the hyperboloid
x^2 + y^2 - t^2 = -1 (Bonnabel, Stochastic gradient descent on Riemannian manifolds, IEEE TAC 2013). A repulsion that never ends
would drive unconnected parts apart for good, so after every round all points move toward the origin by the share PULL of the rate;
where radii are wanted, they then move along their rays by the share rate^SOFTER of the way, so that the wish rules the first rounds
and the neighbours the last ones.
float64, one thread: same input and seed, same result. Exact for rho <= 15, far beyond what it lays out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from hypviz.geometry import PolarPoints
from hypviz.layout.parts.fuzzy_graph import Edges
from hypviz.work import NOBODY, Work

# measured on two vocabularies: a larger A (in `descent_kernels`) packs families into dots, a smaller GAMMA leaves the disk's outside empty
PULL = 0.05
N_RANDOM = 5  # random pairs for one edge
SOFTER = 1.5  # measured on word vectors: 1 costs neighbours, 2 the order of the radii
ROUND_SECONDS = 7e-4  # of all rounds, for a token on a small machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Descended:
    """`points` (n,) after `n_rounds_done` rounds: fewer than asked for where it was stopped."""

    points: PolarPoints
    n_rounds_done: int


def descend(
    points: PolarPoints,
    edges: Edges,
    *,
    n_rounds: int,
    seed: int,
    wanted: Float64[np.ndarray, " n"] | None = None,
    n_random: int = N_RANDOM,
    pull: float = PULL,
    work: Work = NOBODY,
) -> Descended:
    """The points after `n_rounds`, in which an edge is used in proportion to its weight.

    `wanted` (n,) are radii towards which the points are drawn, None for none; `n_random` pairs repel for one edge that attracts, and
    `pull` is the share of the rate by which all points move inwards after a round.
    """
    from hypviz.layout.parts.descent_kernels import one_round, pull_inwards

    x, y = np.sinh(points.rho) * np.cos(points.theta), np.sinh(points.rho) * np.sin(points.theta)
    with np.errstate(over="ignore", divide="ignore"):  # an edge of next to no weight is never drawn
        every = edges.weight.max() / edges.weight
    due = every.copy()
    state = np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64)
    made = 0
    while made < n_rounds and not work.is_stopped:
        rate = 1.0 - made / n_rounds
        one_round(x, y, edges.start, edges.end, every, due, float(made + 1), rate, n_random, state)
        pull_inwards(x, y, pull * rate)
        if wanted is not None:
            _along_rays(x, y, wanted, rate**SOFTER)
        made += 1
        work.report(made, n_rounds)
    return Descended(points=PolarPoints(rho=np.arcsinh(np.hypot(x, y)), theta=np.arctan2(y, x)), n_rounds_done=made)


def _along_rays(x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], wanted: Float64[np.ndarray, " n"], share: float) -> None:
    """Moves every point by a share of the way to its wanted radius; one at the origin has no ray and stays."""
    r = np.hypot(x, y)
    rho = np.arcsinh(r)
    grown = np.sinh(rho + share * (wanted - rho)) / np.where(r > 1e-12, r, np.inf)
    x *= np.where(r > 1e-12, grown, 1.0)
    y *= np.where(r > 1e-12, grown, 1.0)
