"""How well points of the disk keep a tree: distortion at the best scaling, and mean average precision of the neighbours.

In: a tree as parents and edge lengths, and polar points. Out: path lengths (n, n) and measures. Memory is 8 n^2 bytes, so these are
for trees of a few thousand nodes. Distortion and mAP as in Sala, De Sa, Gu and Re, Representation tradeoffs for hyperbolic
embeddings, ICML 2018, Section 2; there the scaling is a parameter, here it is the one with the least mean distortion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

from hypviz.errors import HypvizError
from hypviz.geometry import PolarPoints, polar_distance


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeQuality:
    """`distortion`: mean over pairs of |s d / t - 1| for disk distance d and path length t at the scaling s that makes it least.

    `worst_distortion`: the largest d/t over the smallest, which no scaling changes. `mean_average_precision`: 1 where every node
    has its tree neighbours nearer than any other node. `scaling` is s.
    """

    distortion: float
    worst_distortion: float
    mean_average_precision: float
    scaling: float


def measure_tree(parent: Int[np.ndarray, " n"], length: Float[np.ndarray, " n"], points: PolarPoints) -> TreeQuality:
    """The quality of `points` (n,) as a picture of the tree with `parent` (n,), -1 at the root, and edges `length` (n,)."""
    n = len(parent)
    if n < 2:
        raise HypvizError("A tree of one node has no distances to keep; measure a tree of at least 2.")
    apart = polar_distance(points.rho[:, None], points.theta[:, None], to_rho=points.rho, to_theta=points.theta)
    pairs = np.triu_indices(n, 1)
    ratio = apart[pairs] / tree_distances(parent, length)[pairs]
    scaling = _best_scaling(ratio)
    return TreeQuality(
        distortion=float(np.abs(scaling * ratio - 1.0).mean()),
        worst_distortion=float(ratio.max() / max(ratio.min(), 1e-300)),
        mean_average_precision=_mean_average_precision(parent, apart),
        scaling=scaling,
    )


def tree_distances(parent: Int[np.ndarray, " n"], length: Float[np.ndarray, " n"]) -> Float64[np.ndarray, "n n"]:
    """Path lengths (n, n) between the nodes of a tree, parents in any order."""
    n = len(parent)
    apart, placed = np.zeros((n, n)), [int(np.flatnonzero(np.asarray(parent) == -1)[0])]
    children: list[list[int]] = [[] for _ in range(n)]
    for node, above in enumerate(np.asarray(parent).tolist()):
        if above >= 0:
            children[above].append(node)
    for node in placed:
        for child in children[node]:
            way = apart[node, placed] + length[child]
            apart[child, placed] = apart[placed, child] = way
            placed.append(child)
    return apart


def _best_scaling(ratio: Float64[np.ndarray, " pairs"]) -> float:
    """The s with the least mean of |s ratio - 1| = ratio |s - 1/ratio|: the median of 1/ratio weighted by ratio."""
    order = np.argsort(-ratio)
    weight = np.cumsum(ratio[order])
    return float(1.0 / ratio[order][np.searchsorted(weight, weight[-1] / 2.0)])


def _mean_average_precision(parent: Int[np.ndarray, " n"], apart: Float64[np.ndarray, "n n"]) -> float:
    """Mean over nodes, then over their tree neighbours, of the share of true neighbours among the nodes no farther than that one."""
    n = len(parent)
    joined = np.zeros((n, n), dtype=bool)
    child = np.flatnonzero(np.asarray(parent) >= 0)
    joined[child, np.asarray(parent)[child]] = joined[np.asarray(parent)[child], child] = True
    found: list[float] = []
    for node in range(n):
        near = np.flatnonzero(joined[node])
        others = np.delete(apart[node], node)
        within = (others[None, :] <= apart[node, near][:, None]).sum(axis=1)
        true = (apart[node, near][None, :] <= apart[node, near][:, None]).sum(axis=1)
        found.append(float((true / within).mean()))
    return float(np.mean(found))
