"""What a layout keeps of the original space: neighbours, ranks of distances, radius against frequency and norm, and the room it uses.

The truth is the cosine of the centred rows. Neighbours kept are counted for every token. Other costs are bounded: trustworthiness and
continuity use the given queries (all tokens, or a seeded sample), the rank correlation of distances `N_PAIRS` seeded random pairs, or
all of them where there are no more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int, Int64, UInt8

from hypviz.geometry import PolarPoints, polar_distance
from hypviz.layout.measures.kept import K, chance_at, kept_by_depth, neighbours_kept, trustworthiness
from hypviz.layout.measures.ranks import agreement
from hypviz.layout.parts.neighbours import disk_keys, nearest_by_angle, nearest_in_disk
from hypviz.layout.parts.true_neighbours import similarities
from hypviz.records.layout import LayoutQuality, Neighbours
from hypviz.statistics import spearman
from hypviz.work import NOBODY, Work

RIM = 0.95
N_PAIRS = 20_000
RINGS, SECTORS = 20, 40  # of equal area in the drawn disk: 800 cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a layout keeps, how many of its neighbours each token keeps, and how many tokens have it as one: `kept`, `in_degree` (n,)."""

    quality: LayoutQuality
    kept: UInt8[np.ndarray, " n"]
    in_degree: Int64[np.ndarray, " n"]


def measure_quality(
    units: Float32[np.ndarray, "n d"],
    points: PolarPoints,
    truth: Neighbours,
    counts: Int[np.ndarray, " n"],
    *,
    norms: Float64[np.ndarray, " n"],
    seed: int,
    query: Int[np.ndarray, " m"] | None = None,
    work: Work = NOBODY,
) -> Measured:
    """The quality of `points` (n,), tokens in the order of their ranks with their `counts` (n,), 0 where nothing was counted.

    `norms` (n,) are of the raw rows, `query` (m,) the rows whose ranks are looked at (None: all). Raises `Stopped`.
    """
    n, rows = len(units), np.arange(len(units))
    k, query = min(K, n - 1), rows if query is None else query
    in_disk = nearest_in_disk(points.rho, points.theta, rows, k=truth.nearest.shape[1], work=work.part(1 / 3))
    kept_at = kept_by_depth(units, in_disk, truth, truth.depths)
    by_angle = neighbours_kept(units, nearest_by_angle(points.theta, rows, k=k), truth)
    ranks = _ranks(units, points, truth, in_disk, query, work)
    quality = LayoutQuality(
        k=k,
        depths=truth.depths,
        kept_at=tuple(float(each.mean()) / depth for depth, each in kept_at.items()),
        chance_at=chance_at(truth),
        angle_neighbours_kept_at_10=float(by_angle.mean()) / k if k else 1.0,
        trustworthiness=ranks[0],
        continuity=ranks[1],
        distance_spearman=_distance_spearman(units, points, seed),
        radius_spearman=_radius_spearman(points.rho, -rows, np.ones(n, dtype=bool)),
        radius_count_spearman=_radius_spearman(points.rho, counts, counts > 0),
        radius_norm_spearman=_radius_spearman(points.rho, norms, np.ones(n, dtype=bool)),
        rim_share=float((np.tanh(points.rho / 2.0) > RIM).mean()),
        fill=disk_fill(points),
        n_queries=len(query),
        n_tokens=n,
        n_pairs=min(N_PAIRS, n * (n - 1) // 2),
    )
    return Measured(quality=quality, kept=kept_at.get(k, by_angle), in_degree=np.bincount(truth.nearest[:, :k].ravel(), minlength=n))


def _ranks(
    units: Float32[np.ndarray, "n d"],
    points: PolarPoints,
    truth: Neighbours,
    in_disk: Int[np.ndarray, "n k"],
    query: Int[np.ndarray, " m"],
    work: Work,
) -> tuple[float | None, float | None]:
    """Trustworthiness and continuity, None for too few tokens."""
    n = len(units)
    if n < 2 * K:
        return None, None
    by_cosine, by_distance = work.part(1 / 3), work.part(1 / 3)
    trusted = trustworthiness(units, in_disk, query, work=by_cosine)
    keys = disk_keys(points.rho, points.theta)
    return trusted, agreement(keys, query, truth.nearest[query, :K], n, work=by_distance)


def disk_fill(points: PolarPoints) -> float:
    """Share of the unit disk's `RINGS` x `SECTORS` cells of equal (Euclidean) area that hold a point."""
    ring = np.minimum((RINGS * np.tanh(points.rho / 2.0) ** 2).astype(np.int64), RINGS - 1)
    turn = np.remainder(points.theta, 2.0 * np.pi) / (2.0 * np.pi)
    sector = np.minimum((SECTORS * turn).astype(np.int64), SECTORS - 1)
    return len(np.unique(ring * SECTORS + sector)) / (RINGS * SECTORS)


def _distance_spearman(units: Float32[np.ndarray, "n d"], points: PolarPoints, seed: int) -> float | None:
    n = len(units)
    if n < 3:
        return None
    if n * (n - 1) // 2 <= N_PAIRS:
        a, b = np.triu_indices(n, k=1)
    else:
        rng = np.random.default_rng(seed)
        a = rng.integers(0, n, N_PAIRS)
        b = (a + rng.integers(1, n, N_PAIRS)) % n
    cosine = similarities(units, a, b[:, None])[:, 0]
    return spearman(1.0 - cosine, polar_distance(points.rho[a], points.theta[a], to_rho=points.rho[b], to_theta=points.theta[b]))


def _radius_spearman(
    rho: Float64[np.ndarray, " n"], values: Int[np.ndarray, " n"] | Float64[np.ndarray, " n"], known: Bool[np.ndarray, " n"]
) -> float | None:
    return spearman(rho[known], values[known]) if known.sum() >= 3 else None
