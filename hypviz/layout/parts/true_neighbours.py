"""The nearest neighbours of every row by centred cosine, exact, with what a tie at the last of them means for counting.

In: units (n, d) float32 from `centred_units`. Out: `Neighbours`. A pair is multiplied once, in float32 and in blocks, for both its
rows; the candidates that this leaves are compared in float64, so that equal rows are equally near. Memory: a block of `SIDE` x `SIDE`
numbers and a few dozen a row.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int, Int32, Int64

from hypviz.layout.parts.neighbours import LARGE, nearest_by_cosine
from hypviz.records.layout import DEPTHS, Neighbours
from hypviz.work import NOBODY, Work

SPARE = 16  # candidates beyond k, because the first look is exact to about 1e-7 only
SIDE = 2048
TIE = 1e-12  # similarities this near count as equal: the same numbers summed in another order
_ROWS = 256
_FEW = 20_000_000  # products for which no loop is compiled
_WIDE = 600 * LARGE  # products from which on multiplying each pair but once is worth it


def true_neighbours(units: Float32[np.ndarray, "n d"], *, depths: tuple[int, ...] = DEPTHS, work: Work = NOBODY) -> Neighbours:
    """The nearest other rows of each row, nearest first, to the deepest of the ascending `depths`; raises `Stopped`.

    Where there are not so many other rows, all of them are the deepest.
    """
    n = len(units)
    depths = tuple(sorted({min(depth, n - 1) for depth in depths} - {0}))
    k = max(depths, default=0)
    if n * n <= LARGE and n * n * units.shape[1] <= _WIDE:
        candidates = nearest_by_cosine(units, np.arange(n), k=k + SPARE, work=work)
    else:
        candidates = _all_pairs(units, min(k + SPARE, n - 1), work)
    candidates.sort(axis=1)
    cosine = similarities(units, np.arange(n), candidates)
    order = np.argsort(-cosine, axis=1, kind="stable")
    ranked = np.take_along_axis(cosine, order, axis=1)
    least = ranked[:, [depth - 1 for depth in depths]]
    as_near = np.stack([_as_near(units, ranked, column, work) for column in least.T], axis=1) if depths else np.empty((n, 0))
    nearest = np.take_along_axis(candidates, order[:, :k], axis=1)
    return Neighbours(nearest=nearest, depths=depths, least=least, n_as_near=as_near.astype(np.int32))


def _as_near(
    units: Float32[np.ndarray, "n d"], ranked: Float64[np.ndarray, "n m"], least: Float64[np.ndarray, " n"], work: Work
) -> Int64[np.ndarray, " n"]:
    """How many other rows are at least as near to each as `least`, of the `ranked` cosines of its candidates, or of all if need be."""
    found = (ranked >= least[:, None] - TIE).sum(axis=1)
    open_end = np.flatnonzero(found == ranked.shape[1]) if ranked.shape[1] < len(units) - 1 else np.array([], dtype=np.int64)
    found[open_end] = _count(units, open_end, least[open_end], work)
    return found


def similarities(
    units: Float32[np.ndarray, "n d"], rows: Int[np.ndarray, " m"], others: Int[np.ndarray, "m k"]
) -> Float64[np.ndarray, "m k"]:
    """The cosines (m, k) float64 of each of `rows` (m,) with its `others` (m, k)."""
    found = np.empty(others.shape)
    if others.size * units.shape[1] > _FEW:
        from hypviz.layout.parts.neighbour_kernels import cosines_with

        for start in range(0, len(rows), _ROWS):
            block = slice(start, start + _ROWS)
            cosines_with(units, rows[block], others[block], found[block])
        return found
    for start in range(0, len(rows), _ROWS):
        block = slice(start, start + _ROWS)
        found[block] = np.matmul(units[others[block]].astype(np.float64), units[rows[block]].astype(np.float64)[:, :, None])[:, :, 0]
    return found


def _all_pairs(units: Float32[np.ndarray, "n d"], m: int, work: Work) -> Int32[np.ndarray, "n m"]:
    from hypviz.layout.parts.neighbour_kernels import keep_most_similar

    n = len(units)
    best, at = np.full((n, m), -np.inf, dtype=np.float32), np.zeros((n, m), dtype=np.int32)
    worst = np.full(n, -np.inf, dtype=np.float32)
    starts = range(0, n, SIDE)
    done, total = 0, len(starts) * (len(starts) + 1) // 2
    for first in starts:
        for second in range(first, n, SIDE):
            work.check()
            keep_most_similar(units[first : first + SIDE] @ units[second : second + SIDE].T, first, second, best, at, worst)
            done += 1
            work.report(done, total)
    return at


def _count(
    units: Float32[np.ndarray, "n d"], rows: Int64[np.ndarray, " m"], least: Float64[np.ndarray, " m"], work: Work
) -> Int64[np.ndarray, " m"]:
    """How many other rows are at least as near to each of `rows` as its `least`, by looking at all of them."""
    found = np.zeros(len(rows), dtype=np.int64)
    for start in range(0, len(rows), SIDE):
        block = slice(start, start + SIDE)
        own, bar = units[rows[block]].astype(np.float64), least[block][:, None] - TIE
        for second in range(0, len(units), SIDE):
            work.check()
            found[block] += (own @ units[second : second + SIDE].astype(np.float64).T >= bar).sum(axis=1)
        found[block] -= ((own * own).sum(axis=1) >= bar[:, 0]).astype(np.int64)  # the row itself
    return found
