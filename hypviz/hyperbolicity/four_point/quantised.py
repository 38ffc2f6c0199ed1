"""Gromov products at a base, rounded down to a few levels: what the max-min loops of `loops.products` run on.

In: a metric, the base and some points. Out: a `Grid` with the levels, and the exact largest excess at a base from two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Integer

from hypviz.hyperbolicity.four_point.loops import products as loops
from hypviz.hyperbolicity.four_point.watch import Watch

SOME = 13  # every which block of rows goes first
MANY = 0.002  # of the pairs: beyond that a fine grid is cheaper than computing them again
WIDTH = 64  # a row ends where a vector register does


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Twice the products, P, of pairs of points: low + step Q <= P <= low + step (Q + 1), up to `slack`; 0 on the diagonal.

    Q (m, m or a little more), the columns beyond the points 0 too. reach (m,) is the largest P of each row, its own point left out.
    """

    Q: Integer[np.ndarray, "m wide"]
    reach: Float64[np.ndarray, " m"]
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


def grid(D: Float64[np.ndarray, "n n"], rows: Integer[np.ndarray, " m"], base: int, dtype: type[np.integer], *, watch: Watch) -> Grid:
    """The products between `rows` at `base` at the resolution of an integer type."""
    m, extremes = rows.size, np.empty((rows.size, 2))
    for piece in watch.alike(m, m):
        with watch.alone():
            loops.product_range(D, rows, base, extremes, piece.start, piece.stop)
    low, high, top = float(extremes[:, 0].min()), float(extremes[:, 1].max()), float(np.iinfo(dtype).max)
    slack = 16.0 * float(np.finfo(np.float64).eps) * max(abs(low), abs(high), float(D[base].max()))
    step = max((high - low) / top, slack, 1e-300)
    Q = np.empty((m, -(-m // WIDTH) * WIDTH), dtype=dtype)
    for piece in watch.alike(m, m):
        Q[piece, m:] = 0  # changes no maximum
        with watch.alone():
            loops.quantise(D, rows, base, low, 1.0 / step, top, Q, piece.start, piece.stop)
    np.fill_diagonal(Q, 0)  # a pair's own points are no third point
    return Grid(Q=Q, reach=extremes[:, 1].copy(), low=low, step=step, slack=slack)


def in_turn(n: int) -> Integer[np.ndarray, " n"]:
    """The rows 0 to n-1 of an upper triangle, long and short ones in turn, so that equal parts of them are equal work."""
    rows = np.empty(n, dtype=np.int64)
    rows[::2], rows[1::2] = np.arange((n + 1) // 2), np.arange(n - 1, (n + 1) // 2 - 1, -1)
    return rows


def blocks_in_turn(n: int) -> Integer[np.ndarray, " blocks"]:
    """The same for the blocks of rows that the loops work on."""
    return in_turn(-(-n // loops.BLOCK))


class _Excesses:
    """The largest excess of each row at a base, block by block."""

    def __init__(self, D: Float64[np.ndarray, "n n"], rows: Integer[np.ndarray, " m"], base: int, rough: Grid, watch: Watch) -> None:
        m = rows.size
        self._D, self._rows, self._base, self._rough, self._watch = D, rows, base, rough, watch
        self.best, self.tied, self.where = np.empty(m), np.empty(m), np.empty((m, 2), dtype=np.int64)
        self.n_unsure = 0

    def look_at(self, blocks: Integer[np.ndarray, " some"], fine: Grid, start: float) -> float:
        """Go through `blocks` of rows from the value `start`; the best then."""
        rough, m = self._rough, self._rows.size
        for piece in self._watch.alike(blocks.size, m * m / 2.0):
            with self._watch.alone():
                self.n_unsure += loops.max_min_excess(
                    self._D,
                    self._rows,
                    self._base,
                    blocks[piece],
                    rough.reach,
                    rough.Q,
                    rough.step,
                    fine.Q,
                    fine.step,
                    rough.low,
                    rough.slack,
                    start,
                    self.best,
                    self.where,
                    self.tied,
                )
        done = (loops.BLOCK * blocks[:, None] + np.arange(loops.BLOCK)).ravel()
        return max(start, float(self.best[done[done < m]].max(initial=start)))


def base_excess(
    D: Float64[np.ndarray, "n n"],
    rows: Integer[np.ndarray, " m"],
    base: int,
    start: float,
    *,
    watch: Watch,
    coarse: type[np.integer] = np.uint8,
) -> BaseExcess:
    """The largest excess over pairs and third points among `rows` that exceeds `start`; exact, or up to 1e-9 of the range in a tie."""
    todo, n_pairs, fine = blocks_in_turn(rows.size), max(rows.size * (rows.size - 1) / 2.0, 1.0), NO_GRID
    some, others = todo[::SOME], np.delete(todo, np.s_[::SOME])
    found = _Excesses(D, rows, base, grid(D, rows, base, coarse, watch=watch), watch)
    start = found.look_at(some, fine, start)  # what a few rows find spares the others most of their refinements
    if found.n_unsure > MANY * some.size / todo.size * n_pairs:
        fine = grid(D, rows, base, np.int32, watch=watch)
    start = found.look_at(others, fine, start)
    i = int(np.argmax(np.where(found.where[:, 0] >= 0, found.best, -np.inf)))
    upper, unsure = max(start, float(found.tied.max())), found.n_unsure / n_pairs
    if found.where[i, 0] < 0:
        return BaseExcess(best=start, upper=upper, pair=None, third=None, unsure=unsure)
    pair = (int(rows[i]), int(rows[found.where[i, 0]]))
    return BaseExcess(best=float(found.best[i]), upper=upper, pair=pair, third=int(rows[found.where[i, 1]]), unsure=unsure)
