"""What a layout keeps of the original space: neighbours, ranks of distances, radius against frequency and norm, and the room it uses.

The truth is the cosine of the centred rows. Neighbours kept are counted for every token. Other costs are bounded: trustworthiness and
continuity use the given queries (all tokens, or a seeded sample), the rank correlation of distances `N_PAIRS` seeded random pairs, or
all of them where there are no more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.geometry import PolarPoints, polar_distance
from hypviz.layout.measures.ranks import agreement
from hypviz.layout.parts.neighbours import disk_keys, nearest_by_angle, nearest_in_disk
from hypviz.layout.parts.true_neighbours import TIE, similarities
from hypviz.records.layout import LayoutQuality, Neighbours
from hypviz.statistics import spearman

K = 10
RIM = 0.95
N_PAIRS = 20_000
RINGS, SECTORS = 20, 40  # of equal area in the drawn disk: 800 cells


def measure_quality(
    units: np.ndarray,
    points: PolarPoints,
    truth: Neighbours,
    counts: np.ndarray,
    *,
    norms: np.ndarray,
    seed: int,
    query: np.ndarray | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[LayoutQuality, np.ndarray]:
    """The record, and how many neighbours each token keeps (n,) uint8.

    `norms` (n,) are of the raw rows, `query` (m,) the rows whose ranks are looked at (None: all). Raises `Stopped`.
    """
    n, k, rows = len(units), truth.nearest.shape[1], np.arange(len(units))
    query = rows if query is None else query
    told = [_third(progress, part) for part in range(3)]
    in_disk = nearest_in_disk(points.rho, points.theta, rows, k=k, progress=told[0], should_stop=should_stop)
    kept = _kept(units, in_disk, truth)
    by_angle = _kept(units, nearest_by_angle(points.theta, rows, k=k), truth)
    trustworthiness = continuity = None
    if n >= 2 * K:
        trustworthiness = agreement(
            lambda some: -(units[some] @ units.T), query, in_disk[query], n, progress=told[1], should_stop=should_stop
        )
        keys = disk_keys(points.rho, points.theta)
        continuity = agreement(keys, query, truth.nearest[query], n, progress=told[2], should_stop=should_stop)
    quality = LayoutQuality(
        k=k,
        neighbours_kept_at_10=float(kept.mean()) / k if k else 1.0,
        kept_by_chance=float(truth.n_as_near.mean()) / (n - 1) if k else 1.0,
        angle_neighbours_kept_at_10=float(by_angle.mean()) / k if k else 1.0,
        trustworthiness=trustworthiness,
        continuity=continuity,
        distance_spearman=_distance_spearman(units, points, seed),
        radius_spearman=_radius_spearman(points.rho, counts, counts > 0),
        radius_norm_spearman=_radius_spearman(points.rho, norms, np.ones(n, dtype=bool)),
        rim_share=float((np.tanh(points.rho / 2.0) > RIM).mean()),
        fill=disk_fill(points),
        n_queries=len(query),
        n_tokens=n,
        n_pairs=min(N_PAIRS, n * (n - 1) // 2),
    )
    return quality, kept


def _third(progress: Callable[[int, int], None] | None, part: int) -> Callable[[int, int], None] | None:
    """The progress of one of three equal parts."""
    return None if progress is None else lambda done, total: progress(part * total + done, 3 * total)


def disk_fill(points: PolarPoints) -> float:
    """Share of the unit disk's `RINGS` x `SECTORS` cells of equal (Euclidean) area that hold a point."""
    ring = np.minimum((RINGS * np.tanh(points.rho / 2.0) ** 2).astype(np.int64), RINGS - 1)
    turn = np.remainder(points.theta, 2.0 * np.pi) / (2.0 * np.pi)
    sector = np.minimum((SECTORS * turn).astype(np.int64), SECTORS - 1)
    return len(np.unique(ring * SECTORS + sector)) / (RINGS * SECTORS)


def _kept(units: np.ndarray, found: np.ndarray, truth: Neighbours) -> np.ndarray:
    """How many of the `found` (n, k) of each row are at least as near to it as its k-th true neighbour: (n,) uint8."""
    cosine = similarities(units, np.arange(len(units)), found)
    return (cosine >= truth.least[:, None] - TIE).sum(axis=1).astype(np.uint8)


def _distance_spearman(units: np.ndarray, points: PolarPoints, seed: int) -> float | None:
    n = len(units)
    if n < 3:
        return None
    if n * (n - 1) // 2 <= N_PAIRS:
        a, b = np.triu_indices(n, k=1)
    else:
        rng = np.random.default_rng(seed)
        a = rng.integers(0, n, N_PAIRS)
        b = (a + rng.integers(1, n, N_PAIRS)) % n
    cosine = np.einsum("ij,ij->i", units[a], units[b], dtype=np.float64)
    return spearman(1.0 - cosine, polar_distance(points.rho[a], points.theta[a], to_rho=points.rho[b], to_theta=points.theta[b]))


def _radius_spearman(rho: np.ndarray, values: np.ndarray, known: np.ndarray) -> float | None:
    return spearman(rho[known], values[known]) if known.sum() >= 3 else None
