"""How the four-point delta is found: bounds for pairs of points, plans with their costs, and which one finishes.

In: a task on a checked metric. Out: its ends, closed or as far as time went. The proofs are in `delta`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from hypviz.hyperbolicity.four_point.finish import compare, products, scan
from hypviz.hyperbolicity.four_point.limits import COMPARISON, EXCESSES, POTENTIALS, PRODUCTS, SCAN
from hypviz.hyperbolicity.four_point.loops import pairs as pair_loops
from hypviz.hyperbolicity.four_point.loops import products as product_loops
from hypviz.hyperbolicity.four_point.pairs import PairBounds
from hypviz.hyperbolicity.four_point.quantised import base_excess, blocks_in_turn, grid
from hypviz.hyperbolicity.four_point.scanner import Scanner
from hypviz.hyperbolicity.four_point.task import Task

OVERHEAD = 0.02  # seconds of a base that do not grow with the points


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One way to finish with some bounds, and the seconds it takes."""

    bounds: PairBounds
    seconds: float
    do: Callable[[PairBounds], None]


class Search:
    """One search of a task; `stage` names what it is at."""

    def __init__(self, task: Task) -> None:
        self._task, self._ends, self._watch, self._limits = task, task.ends, task.watch, task.limits
        self._one_base = task.n**3 / 2.0 * task.limits.cell_seconds
        self._scanner: Scanner | None = None
        self._slowness = 1.0  # of this machine, by the first base
        self.stage = POTENTIALS

    def run(self) -> str:
        """Settle it and name what did; raises `OutOfTime`."""
        if self._task.n < 4 or self._ends.bound == 0.0:
            return self.stage
        a, b = divmod(int(np.argmax(self._task.D)), self._task.n)
        self._task.climb(a, b)
        plans = self._plans_from_potentials()
        if min((plan.seconds for plan in plans), default=np.inf) > 4.0 * self._one_base + 0.02 and EXCESSES in self._limits.bounds:
            self.stage = EXCESSES
            excesses = self._excesses()
            if self._ends.bound > self._limits.near_tree * self._ends.best:
                self._base(a)
            if self._ends.is_settled:
                return self.stage
            plans += self._finishing(excesses)
        self._finish(plans)
        self._ends.bounded(max(self._ends.best, self._ends.tied))
        return self.stage

    def _finish(self, plans: list[_Plan]) -> None:
        """By the cheapest plan, or by the one that closes the interval the fastest where none will be done in time."""
        n, allowed = self._task.n, self._limits.ways
        product = n**4 / 8.0 * self._limits.cell_seconds if PRODUCTS in allowed else np.inf
        fastest = min(product, *(plan.seconds for plan in plans)) * self._slowness
        if self.stage == EXCESSES and COMPARISON in allowed and fastest > self._watch.seconds_left:
            plans, product = plans[-2:-1], np.inf
        plan = min(plans, key=lambda plan: plan.seconds)
        if plan.seconds < product or product == np.inf:
            self.stage = plan.bounds.source
            plan.do(plan.bounds)
        else:
            self.stage = PRODUCTS
            products(self._task, plan.bounds.reach())

    def _plans_from_potentials(self) -> list[_Plan]:
        """How to finish with potentials, after a good quadruple has been looked for from their largest."""
        if POTENTIALS not in self._limits.bounds:
            return []
        potentials = self._potentials()
        self._head_start(potentials)
        return self._finishing(potentials)

    def _finishing(self, pairs: PairBounds) -> list[_Plan]:
        """A comparison and a scan; one that is not allowed costs more than any other."""
        ways = self._limits.ways
        return [
            _Plan(bounds=pairs, seconds=pairs.cost(self._ends.best) if COMPARISON in ways else np.inf, do=self._compare),
            _Plan(bounds=pairs, seconds=self._scan_seconds(pairs) if SCAN in ways else np.inf, do=self._scan),
        ]

    def _base(self, base: int) -> None:
        """The exact excess at one base: attained, and twice it is never exceeded."""
        found = base_excess(self._task.D, np.arange(self._task.n), base, self._ends.best / 2.0, watch=self._watch)
        if found.pair is not None and found.third is not None:
            self._ends.found(found.best, (*found.pair, base, found.third))
            self._task.climb(*found.pair)
        self._ends.bounded(2.0 * found.upper)

    def _potentials(self) -> PairBounds:
        """w = d - h - h with h_x + h_y <= d(x,y) for every pair, h as large as a few sweeps make it."""
        D, n = self._task.D, self._task.n
        h, new, w = np.zeros(n), np.empty(n), np.empty((n, n), dtype=np.float32)
        for _ in range(self._limits.sweeps):
            for piece in self._watch.alike(n, n):
                with self._watch.alone():
                    pair_loops.raise_potentials(D, h, new, piece.start, piece.stop)
            h, new = new, h
        h -= 2.0 * np.finfo(np.float32).eps * self._ends.diameter  # more than the rounding of w
        for piece in self._watch.alike(n, n):
            with self._watch.alone():
                pair_loops.subtract(D, h, h, w, piece.start, piece.stop)
        return self._bounds(w, POTENTIALS, 1.0)

    def _head_start(self, pairs: PairBounds) -> None:
        """A good quadruple before anything is planned: climbs and scans from the pairs with the largest bounds."""
        if not self._near_equidistant(pairs):
            for pair in pairs.leading(2 * self._limits.starts):
                self._task.climb(*pair)
        if self._near_equidistant(pairs):
            leading = np.array(pairs.leading(self._limits.leading), dtype=np.int32)
            first, second = leading[:, 0].copy(), leading[:, 1].copy()
            self._task.keep_best(self._scanning().scan(first, second, self._ends.best).found, first, second)

    def _near_equidistant(self, pairs: PairBounds) -> bool:
        """Whether row extremes can leave few points: the bounds are not far above what is attained."""
        return pairs.largest <= self._limits.nearly * self._ends.best

    def _scanning(self) -> Scanner:
        self._scanner = self._scanner or Scanner(self._task.D, self._watch)
        return self._scanner

    def _bounds(self, matrix: Float32[np.ndarray, "n n"], source: str, scale: float) -> PairBounds:
        pairs = PairBounds.of(matrix, source, scale=scale, watch=self._watch, limits=self._limits)
        self._ends.bounded(2.0 * pairs.largest)
        return pairs

    def _excesses(self) -> PairBounds:
        """The mean excess over a few bases, fewer where that makes everything else cheap or time is short."""
        n, limits = self._task.n, self._limits
        total = np.zeros((n, n), dtype=np.float32)
        bases = np.random.default_rng(0).permutation(n)[: limits.n_bases].tolist()
        pairs: PairBounds | None = None
        for done, base in enumerate(bases, 1):
            began = self._watch.spent
            largest = self._add_excesses(base, total)
            each = self._watch.spent - began
            self._slowness = max(1.0, (each - OVERHEAD) / self._one_base)
            self._ends.bounded(2.0 * float(largest[:, 0].max()))
            for i in np.argsort(-largest[:, 0])[: limits.starts].tolist():
                self._task.climb(i, int(largest[i, 1]))
            pairs = self._bounds(total, EXCESSES, float(done))
            if pairs.cost(self._ends.best) < self._one_base or self._watch.seconds_left < 2.0 * each:
                break
        assert pairs is not None  # there is at least one base
        return pairs

    def _add_excesses(self, base: int, total: Float32[np.ndarray, "n n"]) -> Float64[np.ndarray, "n 2"]:
        """Add the bounds at one base to `total`; the largest per row and its other point."""
        task, n, enough = self._task, self._task.n, self._ends.best / self._limits.enough
        fine, largest = n <= self._limits.fine, np.zeros((n, 2))
        if task.device is not None:
            from hypviz.hyperbolicity.four_point.on_torch import add_excess_bounds

            return add_excess_bounds(task.D, base, enough, total, device=task.device, fine=fine, look=self._watch.look)
        at, blocks = grid(task.D, np.arange(n), base, np.uint16 if fine else np.uint8, watch=self._watch), blocks_in_turn(n)
        for piece in self._watch.alike(blocks.size, n * n / 2.0):
            with self._watch.alone():
                product_loops.add_excess_bounds(
                    task.D, base, blocks[piece], at.reach, enough, at.Q, at.low, at.step, at.slack, total, largest
                )
        return largest

    def _scan_seconds(self, pairs: PairBounds) -> float:
        """What it costs to scan all points for each pair with a bound above half of the best, from a sample of such pairs."""
        limits, n = self._limits, self._task.n
        if n > limits.fine and not self._near_equidistant(pairs):
            return np.inf
        some = pairs.sample(self._ends.best / 2.0, limits.sampled)
        if not some.first.size:
            return 0.0
        left = self._scanning().scan(some.first, some.second, self._ends.best).n_left.astype(np.float64)
        return some.n_pairs * (n * limits.scanned_seconds + float((left**2).mean()) * limits.left_seconds)

    def _compare(self, pairs: PairBounds) -> None:
        compare(self._task, pairs)

    def _scan(self, pairs: PairBounds) -> None:
        scan(self._task, pairs, self._scanning())
