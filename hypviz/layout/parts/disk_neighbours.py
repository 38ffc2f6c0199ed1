"""The nearest points in the disk for all of very many points: exact, through a tree over the drawing.

In: polar points (n,). Out: indices (m, k) int32, nearest first. A hyperbolic circle is a Euclidean circle in the Poincaré disk, whose
points lie at most t (1 - |z|^2) / (1 - t |z|) from its hyperbolic centre z, t = tanh(r/2): where more points are looked at than lie so
near, none of the k nearest is missed (Anderson, Hyperbolic Geometry, 2005, section 4.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int, Int32, Int64

from hypviz.work import Work

FARTHEST = 25.0  # rho up to which float64 tells neighbouring points of the drawing apart
LOOKED_AT = 2  # times k points are looked at first, then twice as many again where these do not suffice
MOST = 500  # looked at; where these do not suffice, as where points lie sparsely far out or all at one place, all are looked at
SLACK = 1e-9  # relative, of what rounding does to a distance in the drawing
STEP = 8_000  # points looked up between two looks at the clock


def nearest_by_tree(
    rho: Float64[np.ndarray, " n"], theta: Float64[np.ndarray, " n"], query: Int[np.ndarray, " m"], k: int, work: Work
) -> tuple[Int32[np.ndarray, "m k"], Bool[np.ndarray, " m"]]:
    """The k points nearest to each of `query`, itself left out and equal ones in row order; and for which of them they are sure.

    `rho` is at most `FARTHEST`, k below n. Raises `Stopped`.
    """
    from scipy.spatial import KDTree

    n = len(rho)
    radius = np.tanh(rho / 2.0)
    places = np.stack([radius * np.cos(theta), radius * np.sin(theta)], axis=1)
    tree: Any = KDTree(places)
    found, sure = np.empty((len(query), k), dtype=np.int32), np.zeros(len(query), dtype=bool)
    for start in range(0, len(query), STEP):
        left, looked_at = np.arange(start, min(start + STEP, len(query))), LOOKED_AT * k + 1
        while left.size and looked_at <= MOST:
            work.check()
            asked, looked_at = query[left], min(looked_at, n)
            away, near = tree.query(places[asked], k=looked_at, workers=-1)
            nearest, key = _best(rho, theta, asked, near, k)
            found[left], done = nearest, _is_covered(rho[asked], key, away[:, -1]) | (looked_at == n)
            sure[left] = done
            left, looked_at = left[~done], 2 * looked_at
        work.report(min(start + STEP, len(query)), len(query))
    return found, sure


def _best(
    rho: Float64[np.ndarray, " n"], theta: Float64[np.ndarray, " n"], asked: Int[np.ndarray, " m"], near: Int64[np.ndarray, "m c"], k: int
) -> tuple[Int32[np.ndarray, "m k"], Float64[np.ndarray, " m"]]:
    """Of the candidates the k nearest by sinh^2(d/2), and that of the last one."""
    near = np.sort(near, axis=1)  # equal distances in row order
    here, there = rho[asked][:, None], rho[near]
    radial = np.sinh((here - there) / 2.0)
    across = np.sin((theta[asked][:, None] - theta[near]) / 2.0)
    keys = radial * radial + np.sinh(here) * np.sinh(there) * across * across
    keys[near == asked[:, None]] = np.inf
    first = np.argsort(keys, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(near, first, axis=1).astype(np.int32), np.take_along_axis(keys, first[:, -1:], axis=1)[:, 0]


def _is_covered(rho: Float64[np.ndarray, " m"], key: Float64[np.ndarray, " m"], away: Float64[np.ndarray, " m"]) -> Bool[np.ndarray, " m"]:
    """Whether every point as near as sinh^2(d/2) = `key` lies within `away` in the drawing."""
    t = np.sqrt(key / (1.0 + key))
    farthest = t / np.cosh(rho / 2.0) ** 2 / (1.0 - t * np.tanh(rho / 2.0))
    return farthest * (1.0 + SLACK) + SLACK * np.finfo(np.float64).eps < away
