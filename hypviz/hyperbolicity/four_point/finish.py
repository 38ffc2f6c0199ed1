"""The three ways to finish a four-point search once the pairs of points have bounds; the proofs are in `delta`.

In: a task and bounds of pairs. Each goes from the largest bounds downwards, so that the interval closes as it goes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Integer

from hypviz.hyperbolicity.four_point.loops import pairs as loops
from hypviz.hyperbolicity.four_point.pairs import ListedPairs, PairBounds
from hypviz.hyperbolicity.four_point.quantised import base_excess
from hypviz.hyperbolicity.four_point.scanner import Scanner
from hypviz.hyperbolicity.four_point.task import Task

MANY_UNSURE = 0.002  # of the pairs of a base: where 8 bits leave more than that, 16 are faster


def compare(task: Task, pairs: PairBounds) -> None:
    """All quadruples of two pairs whose bounds together exceed the best, those with the largest sums first."""
    before = np.inf
    for level in pairs.levels(task.ends.best):
        level = max(level, task.ends.best)
        listed = pairs.listed(level - pairs.largest)
        if listed.cut > level / 2.0:  # two pairs that are not on the list could exceed it together
            products(task, pairs.reach())
            return
        _Comparison(task, listed, level, before).run()
        before = level
        task.ends.bounded(level)


class _Comparison:
    """The quadruples of listed pairs whose bounds add up to between `level` and `before`.

    For the pair x of the `n_large` that are half of such a sum, its partners are the pairs from start[x] to end[x].
    """

    def __init__(self, task: Task, listed: ListedPairs, level: float, before: float) -> None:
        self._task, self._listed, self._level = task, listed, level
        downwards = -listed.bound
        self.n_large = int(np.searchsorted(downwards, -level / 2.0))
        self._start, self._end = np.empty(self.n_large, dtype=np.int64), np.empty(self.n_large, dtype=np.int64)
        for block in task.watch.blocks(self.n_large):
            own = listed.bound[block]
            after = np.arange(int(block.start) + 1, int(block.stop) + 1)
            self._start[block] = np.maximum(np.searchsorted(downwards, own - before, side="left"), after)
            self._end[block] = np.maximum(np.searchsorted(downwards, own - level, side="left"), self._start[block])

    def run(self) -> None:
        """From the largest bound downwards; a pair whose partners are not all on the list is looked at beside all points."""
        listed, work, x = self._listed, np.cumsum(self._end - self._start), 0
        while x < self.n_large:
            self._task.watch.look()
            if self._level - listed.bound[x] < listed.cut:
                self._task.with_pair(int(listed.first[x]), int(listed.second[x]))
                x += 1
                continue
            done = work[x - 1] if x else 0
            stop = min(max(x + 1, int(np.searchsorted(work, done + self._task.limits.compared))), self.n_large)
            self._compare(x, stop)
            x = stop

    def _compare(self, x: int, stop: int) -> None:
        """The pairs from x to `stop` against one best, so that what is found does not depend on the pieces."""
        task, listed, best = self._task, self._listed, self._task.ends.best
        found = np.empty((stop - x, 2))
        for piece in task.watch.pieces((self._end[x:stop] - self._start[x:stop]).astype(np.float64)):
            low, high = x + piece.start, x + piece.stop
            with task.watch.alone():
                found[piece] = loops.compare_pairs(
                    task.D, listed.first, listed.second, listed.bound, low, high, self._start, self._end, best
                )
        t = int(np.argmax(np.where(found[:, 1] >= 0, found[:, 0], -np.inf)))
        if found[t, 1] >= 0:
            y = int(found[t, 1])
            points = (listed.first[x + t], listed.second[x + t], listed.first[y], listed.second[y])
            task.ends.found(float(found[t, 0]), (int(points[0]), int(points[1]), int(points[2]), int(points[3])))


def scan(task: Task, pairs: PairBounds, scanner: Scanner) -> None:
    """Every pair with a bound above half of the best, with all points that row extremes leave."""
    ends, listed = task.ends, pairs.listed(task.ends.best / 2.0)
    x, m = 0, listed.bound.size
    while x < m and 2.0 * listed.bound[x] > ends.best:
        ends.bounded(2.0 * float(listed.bound[x]))
        some = slice(x, min(x + task.limits.together, m))
        scanned = scanner.scan(listed.first[some], listed.second[some], ends.best)
        task.keep_best(scanned.found, listed.first[some], listed.second[some])
        x = some.stop
    if listed.cut > ends.best / 2.0:  # more pairs than a list holds
        products(task, pairs.reach())


def products(task: Task, reach: Float64[np.ndarray, " n"]) -> None:
    """Every point as base once, the points with the largest bound first."""
    ends = task.ends
    order: Integer[np.ndarray, " n"] = np.argsort(-reach, kind="stable")
    coarse: type[np.integer] = np.uint8
    for done in range(len(order) - 3):
        ends.bounded(2.0 * float(reach[order[done]]))
        if 2.0 * reach[order[done]] <= ends.best:
            return
        base = int(order[done])
        found = base_excess(task.D, order[done + 1 :], base, ends.best, watch=task.watch, coarse=coarse)
        coarse = np.uint16 if found.unsure > MANY_UNSURE else np.uint8
        ends.tied = max(ends.tied, found.upper)
        if found.pair is not None and found.third is not None:
            ends.found(found.best, (*found.pair, base, found.third))
