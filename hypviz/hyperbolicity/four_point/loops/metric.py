"""The loops that look whether a matrix is a metric's: finite, symmetric, and no way through a third point shorter."""

from __future__ import annotations

import numpy as np
from numba import prange

from hypviz.compiled import compiled
from hypviz.hyperbolicity.four_point.loops.products import ANY_ORDER

TILE = 32  # rows and columns that are compared with their mirror at once


@compiled()
def _not_finite(row: np.ndarray) -> int:
    """How many entries are NaN or infinite; apart from `_range`, whose loop may suppose that none is."""
    count = 0
    for v in row:
        count += not (abs(v) <= 1.7976931348623157e308)
    return count


@compiled(fastmath=ANY_ORDER)
def _range(row: np.ndarray) -> tuple[float, float]:
    least, most = np.inf, -np.inf
    for v in row:
        least = v if v < least else least
        most = v if v > most else most
    return least, most


@compiled(fastmath=ANY_ORDER)
def _lopsided(tile: np.ndarray, mirror: np.ndarray) -> float:
    """Largest difference between a tile and its mirror's transpose."""
    most = 0.0
    for i in range(tile.shape[0]):
        for j in range(tile.shape[1]):
            difference = abs(tile[i, j] - mirror[j, i])
            most = difference if difference > most else most
    return most


@compiled(parallel=True)
def faults(D: np.ndarray, todo: np.ndarray, found: np.ndarray) -> None:
    """Per tile of rows in `todo`: entries that are not finite, the least, the largest, the most that one differs from its mirror.

    found (m, 4), for m tiles of `TILE` rows. Later tiles have less to compare, so that long and short ones should alternate.
    """
    n = D.shape[0]
    for t in prange(todo.size):
        tile = todo[t]
        start, end = tile * TILE, min(tile * TILE + TILE, n)
        broken, least, most, lopsided = 0, np.inf, -np.inf, 0.0
        for i in range(start, end):
            broken += _not_finite(D[i])
            low, high = _range(D[i])
            least, most = min(least, low), max(most, high)
        for other in range(start, n, TILE):
            lopsided = max(lopsided, _lopsided(D[start:end, other : other + TILE], D[other : other + TILE, start:end]))
        found[tile, 0], found[tile, 1], found[tile, 2], found[tile, 3] = broken, least, most, lopsided


@compiled(parallel=True, fastmath=ANY_ORDER)
def triangle_defect(D: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The most by which d(i,j) exceeds d(i,b) + d(b,j), over all i, j and the points b of `rows`, one number for each."""
    n = D.shape[0]
    worst = np.zeros(rows.size)
    for t in prange(rows.size):
        b = rows[t]
        most = -np.inf
        for i in range(n):
            ib = D[i, b]
            for j in range(i + 1, n):
                v = D[i, j] - ib - D[b, j]
                if v > most:
                    most = v
        worst[t] = most
    return worst
