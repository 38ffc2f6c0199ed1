"""How much a picture keeps of one truth: the neighbours of every token at several depths, trustworthiness, and the share of hubs.

In: units (n, d), points of the disk and the true neighbours of the same rows. Out: `Kept`. Of true neighbours that are equally near as the
last, each counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int, UInt8

from hypviz.geometry import PolarPoints
from hypviz.layout.measures.ranks import agreement
from hypviz.layout.parts.neighbours import nearest_in_disk
from hypviz.layout.parts.true_neighbours import TIE, similarities
from hypviz.records.layout import Neighbours, share_of_hubs
from hypviz.work import NOBODY, Work

K = 10
_LOOKING = 0.6  # of measuring is finding the neighbours in the disk, about


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept at each of the depths of the truth, and `chance_at` them; trustworthiness (None below 2 K tokens) and `hub_share`."""

    kept_at: tuple[float, ...]
    chance_at: tuple[float, ...]
    trustworthiness: float | None
    hub_share: float


def kept_of_truth(
    units: Float32[np.ndarray, "n d"], points: PolarPoints, truth: Neighbours, *, query: Int[np.ndarray, " m"], work: Work = NOBODY
) -> Kept:
    """What `points` (n,) keep of `truth`, the neighbours by `units`; the ranks of the rows `query` (m,) are looked at. Raises `Stopped`."""
    n = len(units)
    looking, ranking = work.part(_LOOKING), work.part(1.0 - _LOOKING)
    in_disk = nearest_in_disk(points.rho, points.theta, np.arange(n), k=truth.nearest.shape[1], work=looking)
    in_degree = np.bincount(truth.nearest[:, : min(K, n - 1)].ravel(), minlength=n)
    kept = kept_by_depth(units, in_disk, truth, truth.depths)
    return Kept(
        kept_at=tuple(float(each.mean()) / depth for depth, each in kept.items()),
        chance_at=chance_at(truth),
        trustworthiness=trustworthiness(units, in_disk, query, work=ranking),
        hub_share=share_of_hubs(in_degree),
    )


def chance_at(truth: Neighbours) -> tuple[float, ...]:
    """The share that tokens drawn at random would be of the true neighbours, at each depth."""
    return tuple(float(column.mean()) / (len(column) - 1) for column in truth.n_as_near.T)


def trustworthiness(
    units: Float32[np.ndarray, "n d"], in_disk: Int[np.ndarray, "n k"], query: Int[np.ndarray, " m"], *, work: Work = NOBODY
) -> float | None:
    """Venna and Kaski's at K over the rows `query` (m,), None for fewer than 2 K tokens; raises `Stopped`."""
    if len(units) < 2 * K:
        return None
    return agreement(lambda some: -(units[some] @ units.T), query, in_disk[query, :K], len(units), work=work)


def neighbours_kept(units: Float32[np.ndarray, "n d"], found: Int[np.ndarray, "n k"], truth: Neighbours) -> UInt8[np.ndarray, " n"]:
    """How many of the `found` (n, k) of each row are at least as near to it as its k-th true neighbour, k a depth of `truth`, or 0."""
    k = found.shape[1]
    return kept_by_depth(units, found, truth, (k,))[k]


def kept_by_depth(
    units: Float32[np.ndarray, "n d"], found: Int[np.ndarray, "n k"], truth: Neighbours, depths: tuple[int, ...]
) -> dict[int, UInt8[np.ndarray, " n"]]:
    """For each of `depths` of `truth`, or 0: how many of the first so many `found` (n, k), nearest first, count as kept."""
    cosine = similarities(units, np.arange(len(units)), found)
    nothing = np.zeros(len(units), dtype=np.uint8)
    return {depth: _as_near(cosine[:, :depth], truth, depth) if depth else nothing for depth in depths}


def _as_near(cosine: Float64[np.ndarray, "n k"], truth: Neighbours, depth: int) -> UInt8[np.ndarray, " n"]:
    """How many of each row are at least as near as its true neighbour number `depth`."""
    return (cosine >= truth.least[:, [truth.depths.index(depth)]] - TIE).sum(axis=1).astype(np.uint8)
