"""Loops over pairs of rows as machine code: the best few of each row, and products; `neighbours` and `true_neighbours` call them.

Lists are kept sorted, best first; of equal values the one that came first stays, so that rows visited in order tie in row order.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int, Int32

from hypviz.compiled import compiled

CHUNK = 512


@compiled()
def keep_most_similar(
    similar: Float32[np.ndarray, "m p"],
    first_row: int,
    first_column: int,
    best: Float32[np.ndarray, "n k"],
    at: Int32[np.ndarray, "n k"],
    worst: Float32[np.ndarray, " n"],
) -> None:
    """Offer every pair of a block of a symmetric matrix to both its rows.

    `similar` (m, p) holds the rows from `first_row` on against those from `first_column` on, on or above the diagonal. `best` (n, k),
    `at` (n, k) and `worst` (n,), the last column of `best`, are changed in place.
    """
    k = best.shape[1]
    for a in range(similar.shape[0]):
        i = first_row + a
        start = a + 1 if first_row == first_column else 0
        for b in range(start, similar.shape[1]):
            value = similar[a, b]
            j = first_column + b
            if value > worst[i]:
                place = k - 1
                while place > 0 and best[i, place - 1] < value:
                    best[i, place], at[i, place] = best[i, place - 1], at[i, place - 1]
                    place -= 1
                best[i, place], at[i, place] = value, j
                worst[i] = best[i, k - 1]
            if value > worst[j]:
                place = k - 1
                while place > 0 and best[j, place - 1] < value:
                    best[j, place], at[j, place] = best[j, place - 1], at[j, place - 1]
                    place -= 1
                best[j, place], at[j, place] = value, i
                worst[j] = best[j, k - 1]


@compiled(fastmath={"reassoc", "contract"})
def cosines_with(
    units: Float32[np.ndarray, "n d"],
    rows: Int[np.ndarray, " m"],
    others: Int[np.ndarray, "m k"],
    found: Float64[np.ndarray, "m k"],
) -> None:
    """Fill `found` (m, k) with the products, summed in float64, of each of `rows` (m,) with its `others` (m, k)."""
    for a in range(others.shape[0]):
        own = units[rows[a]]
        for b in range(others.shape[1]):
            other = units[others[a, b]]
            total = 0.0
            for axis in range(own.shape[0]):
                total += np.float64(own[axis]) * np.float64(other[axis])
            found[a, b] = total


@compiled()
def nearest_of_all(
    grown: Float64[np.ndarray, " n"],
    shrunk: Float64[np.ndarray, " n"],
    sine: Float64[np.ndarray, " n"],
    cosine: Float64[np.ndarray, " n"],
    query: Int[np.ndarray, " m"],
    found: Int32[np.ndarray, "m k"],
) -> None:
    """Fill `found` (m, k) with the points nearest to those in `query` (m,), by 4 sinh^2(d/2) as in `neighbours.disk_keys`.

    `grown` (n,) is e^(rho/2), `shrunk` (n,) its inverse, `sine` and `cosine` (n,) are sqrt(2 sinh rho) times those of theta/2.
    """
    n, k = grown.shape[0], found.shape[1]
    keys = np.empty(CHUNK)
    best = np.empty(k)
    for row in range(query.shape[0]):
        i = query[row]
        own, inverse, own_sine, own_cosine = grown[i], shrunk[i], sine[i], cosine[i]
        best[:] = np.inf
        worst = np.inf
        for start in range(0, n, CHUNK):
            size = min(CHUNK, n - start)
            for b in range(size):
                radial = own * shrunk[start + b] - inverse * grown[start + b]
                across = own_sine * cosine[start + b] - own_cosine * sine[start + b]
                keys[b] = radial * radial + across * across
            for b in range(size):
                if keys[b] < worst and start + b != i:
                    place = k - 1
                    while place > 0 and best[place - 1] > keys[b]:
                        best[place], found[row, place] = best[place - 1], found[row, place - 1]
                        place -= 1
                    best[place], found[row, place] = keys[b], start + b
                    worst = best[k - 1]
