"""What a layout keeps of the original space: neighbours, trustworthiness, ranks of distances, radius against frequency.

The truth is the cosine of the centred rows. Costs are bounded: the neighbour measures use the given queries (all tokens, or a
seeded sample), the rank correlation of distances `N_PAIRS` seeded random pairs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import Stopped
from hypviz.geometry import PolarPoints, polar_distance
from hypviz.layout.neighbours import BLOCK, nearest_in_disk
from hypviz.records.layout import LayoutQuality, Neighbours
from hypviz.statistics import spearman

K = 10
RIM = 0.95
N_PAIRS = 20_000


def kept_neighbours(
    points: PolarPoints, truth: Neighbours, *, should_stop: Callable[[], bool] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """For each query: how many of its true neighbours the disk keeps (m,) uint8, and the disk's own neighbours (m, k)."""
    in_disk = nearest_in_disk(points.rho, points.theta, truth.query, k=truth.nearest.shape[1], should_stop=should_stop)
    same = (in_disk[:, :, None] == truth.nearest[:, None, :]).any(axis=2)
    return same.sum(axis=1).astype(np.uint8), in_disk


def measure_quality(
    units: np.ndarray,
    points: PolarPoints,
    truth: Neighbours,
    counts: np.ndarray,
    *,
    seed: int,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[LayoutQuality, np.ndarray]:
    """The record, and per query how many neighbours are kept (m,) uint8; raises `Stopped`."""
    kept, in_disk = kept_neighbours(points, truth, should_stop=should_stop)
    n, k = len(units), truth.nearest.shape[1]
    quality = LayoutQuality(
        neighbours_kept_at_10=float(kept.mean()) / k if k else 1.0,
        trustworthiness=_trustworthiness(units, truth.query, in_disk, should_stop) if n >= 2 * K else None,
        distance_spearman=_distance_spearman(units, points, seed),
        radius_spearman=_radius_spearman(points.rho, counts),
        rim_share=float((np.tanh(points.rho / 2.0) > RIM).mean()),
        n_queries=len(truth.query),
        n_tokens=n,
        n_pairs=N_PAIRS,
    )
    return quality, kept


def _trustworthiness(units: np.ndarray, query: np.ndarray, in_disk: np.ndarray, should_stop: Callable[[], bool] | None) -> float:
    """1 - 2/(m k (2n - 3k - 1)) * sum of (rank - k) over disk neighbours whose original rank exceeds k (Venna and Kaski, 2001)."""
    n, k = len(units), in_disk.shape[1]
    excess, step = 0.0, max(1, BLOCK // n)
    for start in range(0, len(query), step):
        if should_stop is not None and should_stop():
            raise Stopped("Measuring the layout was stopped; start it again to see how good it is.")
        rows = query[start : start + step]
        cosine = units[rows] @ units.T
        cosine[np.arange(len(rows)), rows] = -np.inf
        for column in in_disk[start : start + step].T:
            own = cosine[np.arange(len(rows)), column]
            rank = 1 + (cosine > own[:, None]).sum(axis=1)
            excess += float(np.maximum(rank - k, 0).sum())
    return 1.0 - 2.0 * excess / (len(query) * k * (2 * n - 3 * k - 1))


def _distance_spearman(units: np.ndarray, points: PolarPoints, seed: int) -> float | None:
    n = len(units)
    if n < 3:
        return None
    rng = np.random.default_rng(seed)
    a = rng.integers(0, n, N_PAIRS)
    b = (a + rng.integers(1, n, N_PAIRS)) % n
    cosine = np.einsum("ij,ij->i", units[a], units[b], dtype=np.float64)
    return spearman(1.0 - cosine, polar_distance(points.rho[a], points.theta[a], to_rho=points.rho[b], to_theta=points.theta[b]))


def _radius_spearman(rho: np.ndarray, counts: np.ndarray) -> float | None:
    counted = counts > 0
    return spearman(rho[counted], counts[counted]) if counted.sum() >= 3 else None
