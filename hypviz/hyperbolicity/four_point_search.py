"""How the four-point delta is found: bounds, plans with their costs, and the loops that finish. The proofs are in `four_point`.

In: a checked metric and a deadline. Out: the attained and the excluded end, moving towards each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hypviz.compiled import PARALLEL
from hypviz.errors import Stopped
from hypviz.hyperbolicity.pair_bounds import PairBounds
from hypviz.hyperbolicity.quantised import base_excess, grids, in_turn

if TYPE_CHECKING:
    from types import ModuleType

N_BASES = 4
SWEEPS = 5
STARTS = 3  # climbs from the largest excesses of a base; twice as many from the largest potentials
FINE = 3000  # points up to which 16 bits are worth twice the time
# seconds on two cores: a cell of a product, a point of a scan, a pair of points that a scan leaves
CELL_SECONDS, SCANNED_SECONDS, LEFT_SECONDS = 8e-12, 2e-10, 1e-9
SAMPLED = 256
LEADING, NEARLY = 512, 1.5  # pairs scanned first where the largest bound is at most this many times the best
ENOUGH = 4.0  # an excess below the best divided by this needs no better bound
NEAR_TREE = 8.0  # times the best: an upper end beyond that asks for an exact base, which settles trees
TIE = 1e-8  # of the diameter: an interval as narrow as that is left as it is
MANY_FINE = 0.01  # of the pairs of a base: where more than that need the fine grid, 16 bits for the coarse one are faster
TOGETHER = 4096  # listed pairs between two looks at the clock
Interval = Callable[[float, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FourPointDelta:
    """`lower` <= delta <= `upper` in the unit of the distances; `exact` when all quadruples are accounted for.

    `points` (a, b, c, d) attain `lower`, with d(a,b) + d(c,d) the largest sum; None for fewer than four points. `how` names what
    settled it: ``potentials``, ``excesses`` or ``products``.
    """

    lower: float
    upper: float
    exact: bool
    points: tuple[int, int, int, int] | None
    diameter: float
    how: str

    @property
    def delta_rel(self) -> float | None:
        """2 lower / diameter, None where all points are one."""
        return 2.0 * self.lower / self.diameter if self.diameter > 0 else None


class OutOfTime(Stopped):
    """The deadline, or a person, ended the search; what is known stays."""


@dataclass(kw_only=True)
class Search:
    """The state of one search. `best` and `bound` are twice a delta: attained, and not exceeded."""

    D: np.ndarray
    deadline: float
    on_interval: Interval | None
    should_stop: Callable[[], bool] | None
    best: float = 0.0
    bound: float = np.inf
    points: tuple[int, int, int, int] | None = None
    tied: float = 0.0  # the largest value that ties could not be told from
    stage: str = "potentials"
    near: np.ndarray | None = None
    lowest: np.ndarray | None = None
    todo: np.ndarray = field(init=False)
    kernels: ModuleType = field(init=False)
    pair_kernels: ModuleType = field(init=False)

    def run(self) -> str:
        """Settle it and name what did; raises `OutOfTime`."""
        n = len(self.D)
        self.bound = float(self.D.max()) if n >= 4 else 0.0  # delta is at most half the diameter
        if n < 4 or self.bound == 0.0:
            return self.stage
        self._load()
        far = divmod(int(np.argmax(self.D)), n)
        self._climb(*far)
        potentials = self._potentials()
        self._head_start(potentials)
        product, one_base = n**4 / 8.0 * CELL_SECONDS, n**3 / 2.0 * CELL_SECONDS
        plans = [self._comparison(potentials), self._scan(potentials)]
        if min(plan.seconds for plan in plans) > 4.0 * one_base + 0.02:
            self.stage = "excesses"
            excesses = self._excesses(one_base)
            if self.bound > NEAR_TREE * self.best:
                self._base(far[0])
            if self.settled():
                return self.stage
            plans = [self._comparison(potentials), self._scan(potentials), self._comparison(excesses), self._scan(excesses)]
        plan = min(plans, key=lambda p: p.seconds)
        self.stage = plan.bounds.source if plan.seconds < product else "products"
        if self.stage == "products":
            self._products(plan.bounds.reach())
        else:
            plan.do(plan.bounds)
        self.bounded(max(self.best, self.tied))
        return self.stage

    def _load(self) -> None:
        """The loops, which bring numba."""
        from hypviz.hyperbolicity import kernels, pair_kernels

        self.kernels, self.pair_kernels, self.todo, self.points = kernels, pair_kernels, in_turn(len(self.D)), (0, 1, 2, 3)

    def settled(self) -> bool:
        """Whether rounding is all that is left between the two ends."""
        return self.bound - self.best <= TIE * float(self.D.max())

    def result(self, how: str, *, exact: bool) -> FourPointDelta:
        """The interval, with the rounding of sums of two distances."""
        rounding = 4.0 * np.finfo(np.float64).eps * float(self.D.max(initial=0.0))
        top = max(self.best, self.tied, 0.0 if exact and not self.settled() else self.bound)
        return FourPointDelta(
            lower=max(0.0, self.best / 2.0),
            upper=top / 2.0 + (rounding if self.points is not None else 0.0),
            exact=exact,
            points=self.points if len(self.D) >= 4 else None,
            diameter=float(self.D.max(initial=0.0)),
            how=how,
        )

    def look(self, needed: float = 0.0) -> None:
        """Raise `OutOfTime` if it is time, or if what comes next needs more seconds than are left."""
        if time.monotonic() + needed > self.deadline or (self.should_stop is not None and self.should_stop()):
            raise OutOfTime("The search was stopped; the interval holds.")

    def found(self, value: float, points: tuple[int, int, int, int]) -> bool:
        """Keep a better quadruple."""
        if value <= self.best:
            return False
        self.best, self.points = value, points
        self._tell()
        return True

    def bounded(self, value: float) -> None:
        """Keep a lower upper bound."""
        if value < self.bound:
            self.bound = max(value, self.best)
            self._tell()

    def _tell(self) -> None:
        if self.on_interval is not None:
            self.on_interval(self.best / 2.0, max(self.best, self.bound) / 2.0)

    def _climb(self, a: int, b: int) -> None:
        """From a pair to the best pair with it, and on from that one while it helps."""
        value = -np.inf
        while True:
            self.look()
            with PARALLEL:
                rows = self.pair_kernels.best_with_pair(self.D, a, b, self.todo)
            c = int(np.argmax(rows[:, 0]))
            if not rows[c, 0] > value:
                return
            value, d = float(rows[c, 0]), int(rows[c, 1])
            self.found(value, (a, b, c, d))
            a, b = c, d

    def _base(self, base: int) -> None:
        """The exact excess at one base: attained, and twice it is never exceeded."""
        self.look(len(self.D) ** 3 * CELL_SECONDS)
        found = base_excess(self.D, np.arange(len(self.D)), base, self.best / 2.0)
        if found.pair is not None and found.third is not None:
            self.found(found.best, (*found.pair, base, found.third))
            self._climb(*found.pair)
        self.bounded(2.0 * found.upper)

    def _potentials(self) -> PairBounds:
        """w = d - h - h with h_x + h_y <= d(x,y) for every pair, h as large as a few sweeps make it."""
        h, new = np.zeros(len(self.D)), np.empty(len(self.D))
        for _ in range(SWEEPS):
            self.look()
            with PARALLEL:
                self.pair_kernels.raise_potentials(self.D, h, new)
            h, new = new, h
        h -= 4.0 * np.finfo(np.float64).eps * float(self.D.max())
        return self._bounds(self.D - h[:, None] - h, "potentials", 1.0)

    def _head_start(self, pairs: PairBounds) -> None:
        """A good quadruple before anything is planned: climbs and scans from the pairs with the largest bounds."""
        for pair in pairs.leading(2 * STARTS):
            self._climb(*pair)
        if not self._near_equidistant(pairs):
            return
        leading = np.array(pairs.leading(LEADING), dtype=np.int32)
        first, second = leading[:, 0].copy(), leading[:, 1].copy()
        self._keep_best(self._scanned(first, second, 0, len(leading))[0], first, second)

    def _near_equidistant(self, pairs: PairBounds) -> bool:
        """Whether row extremes can leave few points: the bounds are not far above what is attained."""
        return pairs.largest <= NEARLY * self.best

    def _keep_best(self, found: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
        t = int(np.argmax(np.where(found[:, 1] >= 0, found[:, 0], -np.inf)))
        if found[t, 1] >= 0:
            self.found(float(found[t, 0]), (int(first[t]), int(second[t]), int(found[t, 1]), int(found[t, 2])))

    def _bounds(self, matrix: np.ndarray, source: str, scale: float) -> PairBounds:
        pairs = PairBounds.of(matrix, source, scale)
        self.bounded(2.0 * pairs.largest)
        return pairs

    def _excesses(self, cheap: float) -> PairBounds:
        """The mean excess over a few bases, fewer where that makes everything else cheap."""
        n = len(self.D)
        total, rows = np.zeros((n, n), dtype=np.float32), np.arange(n)
        for done, base in enumerate(np.random.default_rng(0).permutation(n)[:N_BASES].tolist(), 1):
            self.look(n**3 / 2.0 * CELL_SECONDS)
            with PARALLEL:
                (grid,) = grids(self.D, rows, base, (np.uint16 if n <= FINE else np.uint8,))
                largest = self.kernels.add_excess_bounds(
                    self.D, base, in_turn(-(-n // 4)), grid.reach, self.best / ENOUGH, grid.Q, grid.low, grid.step, grid.slack, total
                )
            self.bounded(2.0 * float(largest[:, 0].max()))
            for i in np.argsort(-largest[:, 0])[:STARTS].tolist():
                self._climb(i, int(largest[i, 1]))
            pairs = self._bounds(total, "excesses", float(done))
            if done < N_BASES and pairs.cost(self.best) < cheap:
                break
        return pairs

    def _comparison(self, pairs: PairBounds) -> _Plan:
        return _Plan(bounds=pairs, seconds=pairs.cost(self.best), do=self._compare)

    def _scan(self, pairs: PairBounds) -> _Plan:
        """What it costs to scan all points for each pair with a bound above half of the best, from a sample of such pairs."""
        if len(self.D) > FINE and not self._near_equidistant(pairs):
            return _Plan(bounds=pairs, seconds=np.inf, do=self._scan_pairs)
        first, second, n_pairs = pairs.sample(self.best / 2.0, SAMPLED if len(self.D) <= FINE else SAMPLED // 8)
        if not first.size:
            return _Plan(bounds=pairs, seconds=0.0, do=self._scan_pairs)
        sizes = self._scanned(first, second, 0, first.size)[1].astype(np.float64)
        each = len(self.D) * SCANNED_SECONDS + float((sizes**2).mean()) * LEFT_SECONDS
        return _Plan(bounds=pairs, seconds=n_pairs * each, do=self._scan_pairs)

    def _compare(self, pairs: PairBounds) -> None:
        """All quadruples of two listed pairs whose bounds together exceed the best."""
        listed = pairs.listed(self.best - pairs.largest)
        x, m = 0, listed.bound.size
        while x < m and 2.0 * listed.bound[x] > self.best:
            self.bounded(2.0 * float(listed.bound[x]))
            self.look()
            if self.best - listed.bound[x] < listed.cut:  # not all partners are on the list
                self._with_pair(int(listed.first[x]), int(listed.second[x]))
                x += 1
                continue
            end = min(x + TOGETHER, m)
            with PARALLEL:
                found = self.pair_kernels.enumerate_pairs(self.D, listed.first, listed.second, listed.bound, x, end, self.best)
            t = int(np.argmax(np.where(found[:, 1] >= 0, found[:, 0], -np.inf)))
            if found[t, 1] >= 0:
                y = int(found[t, 1])
                pair, other = (listed.first[x + t], listed.second[x + t]), (listed.first[y], listed.second[y])
                self.found(float(found[t, 0]), (int(pair[0]), int(pair[1]), int(other[0]), int(other[1])))
            x = end

    def _with_pair(self, a: int, b: int) -> tuple[int, int] | None:
        """The best quadruple with the pair a, b; its other pair if it is a new best."""
        with PARALLEL:
            rows = self.pair_kernels.best_with_pair(self.D, a, b, self.todo)
        c = int(np.argmax(rows[:, 0]))
        return (c, int(rows[c, 1])) if self.found(float(rows[c, 0]), (a, b, c, int(rows[c, 1]))) else None

    def _scan_pairs(self, pairs: PairBounds) -> None:
        """Every pair with a bound above half of the best, with all points that row extremes leave."""
        listed = pairs.listed(self.best / 2.0)
        x, m = 0, listed.bound.size
        while x < m and 2.0 * listed.bound[x] > self.best:
            self.bounded(2.0 * float(listed.bound[x]))
            self.look()
            end = min(x + TOGETHER, m)
            found, _ = self._scanned(listed.first, listed.second, x, end)
            self._keep_best(found, listed.first[x:end], listed.second[x:end])
            x = end
        if listed.cut > self.best / 2.0:  # more pairs than a list holds
            self._products(pairs.reach())

    def _scanned(self, first: np.ndarray, second: np.ndarray, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        if self.near is None or self.lowest is None:
            mean = self.D.mean(axis=0)
            with PARALLEL:
                extremes = self.pair_kernels.row_extremes(self.D, mean - mean.mean() / 2.0)
            rounding = 4.0 * np.finfo(np.float32).eps * (2.0 * float(self.D.max()) + float(np.abs(extremes).max()))
            self.lowest = extremes[:, 0].copy()
            self.near = (self.D - (extremes[:, 1] + rounding)).astype(np.float32)
        sizes = np.empty(end - start, dtype=np.int64)
        with PARALLEL:
            found = self.pair_kernels.scan_pairs(self.D, self.near, first, second, start, end, self.lowest, self.best, sizes)
        return found, sizes

    def _products(self, reach: np.ndarray) -> None:
        """Every point as base once, the points with the largest bound first, so that the interval closes as it goes."""
        order, coarse = np.argsort(-reach, kind="stable"), np.uint8
        for done in range(len(order) - 3):
            self.bounded(2.0 * float(reach[order[done]]))
            if 2.0 * reach[order[done]] <= self.best:
                return
            self.look()
            found = base_excess(self.D, order[done + 1 :], int(order[done]), self.best, coarse=coarse)
            coarse = np.uint16 if found.fine_share > MANY_FINE else np.uint8
            self.tied = max(self.tied, found.upper)
            if found.pair is not None and found.third is not None:
                self.found(found.best, (*found.pair, int(order[done]), found.third))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One way to finish with some bounds, and what it takes."""

    bounds: PairBounds
    seconds: float
    do: Callable[[PairBounds], None]
