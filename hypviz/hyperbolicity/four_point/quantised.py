"""Gromov products at a base, rounded down to a few levels: what the max-min loops of `kernels` run on.

In: a metric, the base and some points. Out: a `Grid` with the levels, and the exact largest excess at a base from two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.compiled import PARALLEL

SOME = 13  # every which block of rows goes first
MANY = 0.002  # of the pairs: beyond that a fine grid is cheaper than computing them again
WIDTH = 64  # a row ends where a vector register does


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Twice the products, P, of pairs of points: low + step Q <= P <= low + step (Q + 1), up to `slack`; 0 on the diagonal.

    Q (m, m or a little more), the columns beyond the points 0 too. reach (m,) is the largest P of each row, its own point left out.
    """

    Q: np.ndarray
    reach: np.ndarray
    low: float
    step: float
    slack: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseExcess:
    """The largest excess at a base as twice a delta: `best` is attained by the pair `pair` and `third`, and not exceeded by `upper`.

    `pair` is None where nothing beats the value the search began with. `unsure` is the share of pairs that the coarse grid did not exclude.
    """

    best: float
    upper: float
    pair: tuple[int, int] | None
    third: int | None
    unsure: float


NO_GRID = Grid(Q=np.empty((0, 0), dtype=np.int32), reach=np.empty(0), low=0.0, step=0.0, slack=0.0)


def grids(D: np.ndarray, rows: np.ndarray, base: int, dtypes: tuple[type, ...]) -> list[Grid]:
    """The products between `rows` at `base` at the resolution of each integer type."""
    from hypviz.hyperbolicity.four_point.loops import products as kernels

    extremes = kernels.product_range(D, rows, base)
    low, high = float(extremes[:, 0].min()), float(extremes[:, 1].max())
    slack = 16.0 * np.finfo(np.float64).eps * max(abs(low), abs(high), float(D[base].max()))
    found = []
    for dtype in dtypes:
        top = float(np.iinfo(dtype).max)
        step = max((high - low) / top, slack, 1e-300)
        Q = np.empty((rows.size, -(-rows.size // WIDTH) * WIDTH), dtype=dtype)
        Q[:, rows.size :] = 0  # changes no maximum
        kernels.quantise(D, rows, base, low, 1.0 / step, top, Q)
        np.fill_diagonal(Q, 0)  # a pair's own points are no third point
        found.append(Grid(Q=Q, reach=extremes[:, 1].copy(), low=low, step=step, slack=slack))
    return found


def in_turn(n: int) -> np.ndarray:
    """The rows 0 to n-1 of an upper triangle, long and short ones in turn, so that equal parts of them are equal work."""
    rows = np.empty(n, dtype=np.int64)
    rows[::2], rows[1::2] = np.arange((n + 1) // 2), np.arange(n - 1, (n + 1) // 2 - 1, -1)
    return rows


def blocks_in_turn(n: int) -> np.ndarray:
    """The same for the blocks of rows that the loops work on."""
    from hypviz.hyperbolicity.four_point.loops.products import BLOCK

    return in_turn(-(-n // BLOCK))


def base_excess(D: np.ndarray, rows: np.ndarray, base: int, start: float, *, coarse: type = np.uint8) -> BaseExcess:
    """The largest excess over pairs and third points among `rows` that exceeds `start`; exact, or up to 1e-9 of the range in a tie."""
    from hypviz.hyperbolicity.four_point.loops import products as kernels

    best, tied, where = np.empty(rows.size), np.empty(rows.size), np.empty((rows.size, 2), dtype=np.int64)
    todo = blocks_in_turn(rows.size)
    some, others = todo[::SOME], np.delete(todo, np.s_[::SOME])
    n_unsure, n_pairs, fine = 0, max(rows.size * (rows.size - 1) / 2.0, 1.0), NO_GRID
    with PARALLEL:
        (rough,) = grids(D, rows, base, (coarse,))
        for part in (some, others):  # what a few rows find spares the others most of their refinements
            if part is others and n_unsure > MANY * some.size / todo.size * n_pairs:
                (fine,) = grids(D, rows, base, (np.int32,))
            n_unsure += kernels.max_min_excess(
                D,
                rows,
                base,
                part,
                rough.reach,
                rough.Q,
                rough.step,
                fine.Q,
                fine.step,
                rough.low,
                rough.slack,
                start,
                best,
                where,
                tied,
            )
            done = (kernels.BLOCK * part[:, None] + np.arange(kernels.BLOCK)).ravel()
            start = max(start, float(best[done[done < rows.size]].max(initial=start)))
    i = int(np.argmax(np.where(where[:, 0] >= 0, best, -np.inf)))
    upper = max(start, float(tied.max()))
    if where[i, 0] < 0:
        return BaseExcess(best=start, upper=upper, pair=None, third=None, unsure=n_unsure / n_pairs)
    return BaseExcess(
        best=float(best[i]),
        upper=upper,
        pair=(int(rows[i]), int(rows[where[i, 0]])),
        third=int(rows[where[i, 1]]),
        unsure=n_unsure / n_pairs,
    )
