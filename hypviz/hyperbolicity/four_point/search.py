"""How the four-point delta is found: bounds for pairs of points, plans with their costs, and which one finishes.

In: a checked metric and a deadline. Out: the ends of `four_point_state`, closed or as far as time went. The proofs are in `four_point`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypviz.compiled import PARALLEL
from hypviz.hyperbolicity.four_point.ends import Ends
from hypviz.hyperbolicity.four_point.finish import compare, products, scan
from hypviz.hyperbolicity.four_point.pairs import PairBounds
from hypviz.hyperbolicity.four_point.quantised import base_excess, blocks_in_turn, grids
from hypviz.hyperbolicity.four_point.scanner import Scanner

N_BASES = 4
SWEEPS = 5
STARTS = 3  # climbs from the largest excesses of a base; twice as many from the largest potentials
FINE = 3000  # points up to which 16 bits are worth twice the time
# seconds on two cores: a cell of a product, a point of a scan, a pair of points that a scan leaves
CELL_SECONDS, SCANNED_SECONDS, LEFT_SECONDS = 9e-12, 2e-10, 1e-9
SAMPLED = 32
LEADING, NEARLY = 512, 1.5  # pairs scanned first where the largest bound is at most this many times the best
ENOUGH = 4.0  # an excess below the best divided by this needs no better bound
NEAR_TREE = 8.0  # times the best: an upper end beyond that asks for an exact base, which settles trees


@dataclass(kw_only=True)
class Search(Ends):
    """One search; `stage` names what it is at, `device` where torch bounds the excesses, None for compiled loops."""

    stage: str = "potentials"
    device: str | None = None
    scanner: Scanner | None = None

    def run(self) -> str:
        """Settle it and name what did; raises `OutOfTime`."""
        n = len(self.D)
        self.bound = float(self.D.max()) if n >= 4 else 0.0  # delta is at most half the diameter
        if n < 4 or self.bound == 0.0:
            return self.stage
        self.load()
        far = divmod(int(np.argmax(self.D)), n)
        self.climb(*far)
        potentials = self.potentials()
        self._head_start(potentials)
        product, one_base = n**4 / 8.0 * CELL_SECONDS, n**3 / 2.0 * CELL_SECONDS
        plans = [self._comparison(potentials), self._scan(potentials)]
        if min(plan.seconds for plan in plans) > 4.0 * one_base + 0.02:
            self.stage = "excesses"
            excesses = self.excesses(one_base)
            if self.bound > NEAR_TREE * self.best:
                self._base(far[0])
            if self.settled():
                return self.stage
            plans += [self._comparison(excesses), self._scan(excesses)]
            if min(product, *(plan.seconds for plan in plans)) > self.seconds_left():
                plans, product = plans[2:3], np.inf  # it closes the interval the fastest
        plan = min(plans, key=lambda p: p.seconds)
        self.stage = plan.bounds.source if plan.seconds < product else "products"
        if self.stage == "products":
            products(self, plan.bounds.reach())
        else:
            plan.do(plan.bounds)
        self.bounded(max(self.best, self.tied))
        return self.stage

    def _base(self, base: int) -> None:
        """The exact excess at one base: attained, and twice it is never exceeded."""
        self.look(len(self.D) ** 3 * CELL_SECONDS)
        found = base_excess(self.D, np.arange(len(self.D)), base, self.best / 2.0)
        if found.pair is not None and found.third is not None:
            self.found(found.best, (*found.pair, base, found.third))
            self.climb(*found.pair)
        self.bounded(2.0 * found.upper)

    def potentials(self) -> PairBounds:
        """w = d - h - h with h_x + h_y <= d(x,y) for every pair, h as large as a few sweeps make it."""
        n = len(self.D)
        h, new, w = np.zeros(n), np.empty(n), np.empty((n, n), dtype=np.float32)
        for _ in range(SWEEPS):
            self.look()
            with PARALLEL:
                self.pair_kernels.raise_potentials(self.D, h, new)
            h, new = new, h
        h -= 2.0 * np.finfo(np.float32).eps * float(self.D.max())  # more than the rounding of w
        with PARALLEL:
            self.pair_kernels.subtract(self.D, h, h, w)
        return self._bounds(w, "potentials", 1.0)

    def _head_start(self, pairs: PairBounds) -> None:
        """A good quadruple before anything is planned: climbs and scans from the pairs with the largest bounds."""
        if not self._near_equidistant(pairs):
            for pair in pairs.leading(2 * STARTS):
                self.climb(*pair)
        if self._near_equidistant(pairs):
            leading = np.array(pairs.leading(LEADING), dtype=np.int32)
            first, second = leading[:, 0].copy(), leading[:, 1].copy()
            self.keep_best(self._scanner().scan(first, second, self.best)[0], first, second)

    def _near_equidistant(self, pairs: PairBounds) -> bool:
        """Whether row extremes can leave few points: the bounds are not far above what is attained."""
        return pairs.largest <= NEARLY * self.best

    def _scanner(self) -> Scanner:
        self.scanner = self.scanner or Scanner(self.D)
        return self.scanner

    def _bounds(self, matrix: np.ndarray, source: str, scale: float) -> PairBounds:
        pairs = PairBounds.of(matrix, source, scale)
        self.bounded(2.0 * pairs.largest)
        return pairs

    def excesses(self, cheap: float) -> PairBounds:
        """The mean excess over a few bases, fewer where that makes everything else cheap or time is short."""
        n = len(self.D)
        total, each = np.zeros((n, n), dtype=np.float32), n**3 / 2.0 * CELL_SECONDS
        for done, base in enumerate(np.random.default_rng(0).permutation(n)[:N_BASES].tolist(), 1):
            self.look(each)
            largest = self._add_excesses(base, total)
            self.bounded(2.0 * float(largest[:, 0].max()))
            for i in np.argsort(-largest[:, 0])[:STARTS].tolist():
                self.climb(i, int(largest[i, 1]))
            pairs = self._bounds(total, "excesses", float(done))
            if done < N_BASES and (pairs.cost(self.best) < cheap or self.seconds_left() < 2.0 * each):
                break
        return pairs

    def _add_excesses(self, base: int, total: np.ndarray) -> np.ndarray:
        """Add the bounds at one base to `total` (n, n); the largest per row and its other point (n, 2)."""
        n, enough = len(self.D), self.best / ENOUGH
        if self.device is not None:
            from hypviz.hyperbolicity.four_point.on_torch import add_excess_bounds

            return add_excess_bounds(self.D, base, enough, total, device=self.device, fine=n <= FINE, look=self.look)
        with PARALLEL:
            (grid,) = grids(self.D, np.arange(n), base, (np.uint16 if n <= FINE else np.uint8,))
            return self.kernels.add_excess_bounds(
                self.D, base, blocks_in_turn(n), grid.reach, enough, grid.Q, grid.low, grid.step, grid.slack, total
            )

    def _comparison(self, pairs: PairBounds) -> _Plan:
        return _Plan(bounds=pairs, seconds=pairs.cost(self.best), do=self.compare)

    def _scan(self, pairs: PairBounds) -> _Plan:
        """What it costs to scan all points for each pair with a bound above half of the best, from a sample of such pairs."""
        if len(self.D) > FINE and not self._near_equidistant(pairs):
            return _Plan(bounds=pairs, seconds=np.inf, do=self.scan)
        first, second, n_pairs = pairs.sample(self.best / 2.0, SAMPLED)
        if not first.size:
            return _Plan(bounds=pairs, seconds=0.0, do=self.scan)
        sizes = self._scanner().scan(first, second, self.best)[1].astype(np.float64)
        each = len(self.D) * SCANNED_SECONDS + float((sizes**2).mean()) * LEFT_SECONDS
        return _Plan(bounds=pairs, seconds=n_pairs * each, do=self.scan)

    def compare(self, pairs: PairBounds) -> None:
        """All pairs of pairs that can matter."""
        compare(self, pairs)

    def scan(self, pairs: PairBounds) -> None:
        """All pairs that can matter, with all points that can."""
        scan(self, pairs, self._scanner())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One way to finish with some bounds, and what it takes."""

    bounds: PairBounds
    seconds: float
    do: Callable[[PairBounds], None]
