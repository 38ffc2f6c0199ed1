"""Regions of the drawing: pieces of the disk, each in one piece, whose tokens are alike, whatever the radius R.

In: where tokens are laid out and their rows of unit length. Out: for each token its region, and how much it points where the region
points; and the few wide regions that these make up. The disk is cut into cells of about equally many tokens, and cells that touch are
joined by Ward's method (1963) on their mean rows, so that a border runs where meanings change; both levels are cuts of the one tree, so
that every region lies in one wide region. Gives no names.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64, UInt8

from hypviz.geometry import PolarPoints

FEWEST, MOST = 2, 48  # regions
MOST_WIDE = 10  # wide regions
PER_ROOT = 0.22  # regions for each square root of the number of tokens
SMALL = 100  # tokens below which all are one region
IN_A_CELL, MOST_RINGS = 28, 24
IN_A_BLOCK = 2_000  # rows copied at once
TOUCHING = 6  # nearest cells that may join


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """`region` (n,) counts from 0, the largest first; `typical` (n,) is the cosine of a row with the mean row of its region.

    `wide` (regions,) is the wide region in which each lies, counted from 0, the largest first; `typical_of_wide` (n,) as `typical`.
    """

    region: UInt8[np.ndarray, " n"]
    typical: Float32[np.ndarray, " n"]
    wide: UInt8[np.ndarray, " regions"]
    typical_of_wide: Float32[np.ndarray, " n"]


def find_regions(points: PolarPoints, units: Float32[np.ndarray, "n d"]) -> Regions:
    """The regions of `points` (n,) whose rows are `units` (n, d) of length 1 (or 0); where there are few tokens all are one."""
    n = len(units)
    region, wide = np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64)
    if n >= SMALL:
        cell = _cells(points)
        narrow, broad = _joined(cell, _middles(cell, points), units, round(PER_ROOT * np.sqrt(n)))
        region = _by_size(narrow[cell])
        of_token = _by_size(broad[cell])
        wide = np.array([of_token[some[0]] for _, some in _members(region)])
    return Regions(
        region=region.astype(np.uint8),
        typical=_typical(region, units),
        wide=wide.astype(np.uint8),
        typical_of_wide=_typical(wide[region], units),
    )


def _typical(region: Int64[np.ndarray, " n"], units: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, " n"]:
    """The cosine of each row with the mean row of its region."""
    mean = _means(region, units)
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
    typical = np.empty(len(units), dtype=np.float32)
    for g, some in _members(region):
        towards = mean[g].astype(np.float32)
        for start in range(0, len(some), IN_A_BLOCK):
            block = some[start : start + IN_A_BLOCK]
            typical[block] = units[block] @ towards
    return typical


def even_radius(rho: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """The radius in a flat disk over which the tokens lie evenly, in the order of rho; it does not know R."""
    rank = np.empty(len(rho))
    rank[np.argsort(rho, kind="stable")] = np.arange(len(rho)) + 0.5
    return np.sqrt(rank / len(rho))


def _cells(points: PolarPoints) -> Int64[np.ndarray, " n"]:
    """The cell of each token, numbered from 0 without gaps: rings of sectors of equal area."""
    n_rings = int(np.clip(round(np.sqrt(len(points.rho) / IN_A_CELL / 3.0)), 1, MOST_RINGS))
    sectors = 3 * (2 * np.arange(n_rings) + 1)
    ring = np.minimum((n_rings * even_radius(points.rho)).astype(np.int64), n_rings - 1)
    turn = np.remainder(points.theta, 2.0 * np.pi) / (2.0 * np.pi)
    sector = np.minimum((turn * sectors[ring]).astype(np.int64), sectors[ring] - 1)
    return np.unique((np.cumsum(sectors) - sectors)[ring] + sector, return_inverse=True)[1]


def _middles(cell: Int64[np.ndarray, " n"], points: PolarPoints) -> Float64[np.ndarray, "cells 2"]:
    radius = even_radius(points.rho)
    flat = np.stack([radius * np.cos(points.theta), radius * np.sin(points.theta)], axis=1)
    return _means(cell, flat)


def _means(group: Int64[np.ndarray, " n"], rows: Float[np.ndarray, "n k"]) -> Float64[np.ndarray, "groups k"]:
    return np.stack([_mean(rows, some) for _, some in _members(group)])


def _mean(rows: Float[np.ndarray, "n k"], some: Int64[np.ndarray, " m"]) -> Float64[np.ndarray, " k"]:
    blocks = range(0, len(some), IN_A_BLOCK)
    return np.sum([rows[some[start : start + IN_A_BLOCK]].sum(axis=0, dtype=np.float64) for start in blocks], axis=0) / len(some)


def _members(group: Int64[np.ndarray, " n"]) -> list[tuple[int, Int64[np.ndarray, " m"]]]:
    """The rows of every group, by its number."""
    order = np.argsort(group, kind="stable")
    return list(enumerate(np.split(order, np.cumsum(np.bincount(group))[:-1])))


def _joined(
    cell: Int64[np.ndarray, " n"], middles: Float64[np.ndarray, "cells 2"], units: Float32[np.ndarray, "n d"], wanted: int
) -> tuple[Int64[np.ndarray, " cells"], Int64[np.ndarray, " cells"]]:
    """The region and the wide region of each cell: cells that touch are joined until as many regions are left as are `wanted`, within the
    limits, and on until few wide ones are left."""
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree
    from sklearn.cluster import AgglomerativeClustering

    n_regions = min(max(FEWEST, min(wanted, MOST)), len(middles))
    if len(middles) == 1:
        return np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    k = min(TOUCHING, len(middles) - 1)
    near = cast("tuple[np.ndarray, np.ndarray]", KDTree(middles).query(middles, k=k + 1))[1][:, 1:]
    one, other = np.repeat(np.arange(len(near)), k), near.ravel()
    pairs = np.concatenate([one, other]), np.concatenate([other, one])
    touching = csr_array((np.ones(2 * one.size), pairs), shape=(len(near), len(near)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pieces that do not touch are connected at their nearest cells, which is what is meant
        ward = AgglomerativeClustering(n_clusters=1, linkage="ward", connectivity=touching)
        joins = np.asarray(ward.fit(_means(cell, units)).children_, dtype=np.int64)
    return _cut(joins, len(middles), n_regions), _cut(joins, len(middles), min(n_regions, MOST_WIDE))


def _cut(joins: Int64[np.ndarray, "joins 2"], n: int, wanted: int) -> Int64[np.ndarray, " n"]:
    """The group of each of `n` leaves when as many groups are left as are `wanted`; join i makes node n + i of two earlier ones."""
    group = np.arange(2 * n - 1)
    done = n - wanted
    for i in range(done - 1, -1, -1):
        group[joins[i]] = group[n + i]
    return np.unique(group[:n], return_inverse=True)[1]


def _by_size(region: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """Numbered again, the largest first."""
    size = np.bincount(region)
    number = np.empty(len(size), dtype=np.int64)
    number[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return number[region]
