"""The neighbour graph of UMAP: directed weights that fall off from each row's nearest neighbour, joined by probabilistic union.

In: nearest rows and their distances. Out: edges with weights in (0, 1], each pair in both directions. McInnes, Healy and Melville,
UMAP, arXiv 1802.03426, Sections 3.1 and 4.1 (algorithms 2 and 3). Does not look for neighbours and draws nothing at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float64, Int64

HALVINGS = 64
NARROWEST = 1e-3  # of the mean distance: the least bandwidth, as in the published algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """`start` and `end` (m,) int64 row numbers and `weight` (m,) float64, sorted by start and end."""

    start: Int64[np.ndarray, " m"]
    end: Int64[np.ndarray, " m"]
    weight: Float64[np.ndarray, " m"]


def fuzzy_graph(near: Int64[np.ndarray, "n k"], distance: Float64[np.ndarray, "n k"]) -> Edges:
    """The union of the rows' fuzzy neighbourhoods; `near` and `distance` (n, k), nearest first, distances not negative."""
    from scipy import sparse

    n, k = len(near), int(near.shape[1])
    beyond = np.maximum(distance - distance[:, :1], 0.0)
    weight = np.exp(-beyond / _bandwidth(beyond, max(NARROWEST * float(distance.mean()), 1e-300))[:, None])
    start: np.ndarray = np.repeat(np.arange(n), k)
    one_way = sparse.coo_array((weight.ravel(), (start, near.ravel())), shape=(n, n)).tocsr()
    one_way.data = np.minimum(cast("np.ndarray", one_way.data), 1.0)  # a neighbour listed twice counts once
    back = cast("sparse.csr_array", one_way.T.tocsr())
    union = cast("sparse.coo_array", (one_way + back - one_way.multiply(back)).tocoo())
    row, col, data = cast("np.ndarray", union.row), cast("np.ndarray", union.col), cast("np.ndarray", union.data)
    order = np.lexsort((col, row))
    return Edges(start=row[order].astype(np.int64), end=col[order].astype(np.int64), weight=data[order])


def _bandwidth(beyond: Float64[np.ndarray, "n k"], least: float) -> Float64[np.ndarray, " n"]:
    """sigma_i with sum_j exp(-beyond_ij / sigma_i) = log2 k, by bisection; `least` where no sigma is that small."""
    n, k = beyond.shape
    target = np.log2(k)
    low, high, sigma = np.zeros(n), np.full(n, np.inf), np.ones(n)
    for _ in range(HALVINGS):
        large = np.exp(-beyond / np.maximum(sigma, least)[:, None]).sum(axis=1) > target
        high, low = np.where(large, sigma, high), np.where(large, low, sigma)
        sigma = np.where(np.isinf(high), 2.0 * sigma, (low + high) / 2.0)
    return np.maximum(sigma, least)
