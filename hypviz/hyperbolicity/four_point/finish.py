"""The three ways to finish a four-point search once the pairs of points have bounds; the proofs are in `four_point`.

In: the ends of a search and bounds of pairs. Each goes from the largest bounds downwards, so that the interval closes as it goes.
"""

from __future__ import annotations

import numpy as np

from hypviz.compiled import PARALLEL
from hypviz.hyperbolicity.four_point.ends import Ends
from hypviz.hyperbolicity.four_point.pairs import ListedPairs, PairBounds
from hypviz.hyperbolicity.four_point.quantised import base_excess
from hypviz.hyperbolicity.four_point.scanner import Scanner

TOGETHER = 16384  # listed pairs between two looks at the clock
COMPARED = 1 << 25  # pairs of listed pairs between two looks
MANY_UNSURE = 0.002  # of the pairs of a base: where 8 bits leave more than that, 16 are faster


def compare(ends: Ends, pairs: PairBounds) -> None:
    """All quadruples of two pairs whose bounds together exceed the best, those with the largest sums first."""
    before = np.inf
    for level in pairs.levels(ends.best):
        level = max(level, ends.best)
        ends.look(pairs.listing_seconds(level))
        _compare_down_to(ends, pairs.listed(level - pairs.largest), level, before)
        before = level
        ends.bounded(level)


def _compare_down_to(ends: Ends, listed: ListedPairs, level: float, before: float) -> None:
    """The quadruples of listed pairs whose bounds add up to between `level` and `before`."""
    n_large = int(np.searchsorted(-listed.bound, -level / 2.0))
    downwards, own = -listed.bound, listed.bound[:n_large]
    start = np.maximum(np.searchsorted(downwards, own - before, side="left"), np.arange(1, n_large + 1))
    end = np.maximum(np.searchsorted(downwards, own - level, side="left"), start)
    complete = level - own >= listed.cut
    work = np.cumsum(end - start)
    x = 0
    while x < n_large:
        ends.look()
        if not complete[x]:  # not all partners are on the list
            ends.with_pair(int(listed.first[x]), int(listed.second[x]))
            x += 1
            continue
        done = work[x - 1] if x else 0
        stop = max(x + 1, int(np.searchsorted(work, done + COMPARED)))
        with PARALLEL:
            found = ends.pair_kernels.compare_pairs(
                ends.D, listed.first, listed.second, listed.bound, x, min(stop, n_large), start, end, ends.best
            )
        t = int(np.argmax(np.where(found[:, 1] >= 0, found[:, 0], -np.inf)))
        if found[t, 1] >= 0:
            y = int(found[t, 1])
            ends.found(
                float(found[t, 0]), (int(listed.first[x + t]), int(listed.second[x + t]), int(listed.first[y]), int(listed.second[y]))
            )
        x = min(stop, n_large)


def scan(ends: Ends, pairs: PairBounds, scanner: Scanner) -> None:
    """Every pair with a bound above half of the best, with all points that row extremes leave."""
    listed = pairs.listed(ends.best / 2.0)
    x, m = 0, listed.bound.size
    while x < m and 2.0 * listed.bound[x] > ends.best:
        ends.bounded(2.0 * float(listed.bound[x]))
        ends.look()
        end = min(x + TOGETHER, m)
        found, _ = scanner.scan(listed.first[x:end], listed.second[x:end], ends.best)
        ends.keep_best(found, listed.first[x:end], listed.second[x:end])
        x = end
    if listed.cut > ends.best / 2.0:  # more pairs than a list holds
        products(ends, pairs.reach())


def products(ends: Ends, reach: np.ndarray) -> None:
    """Every point as base once, the points with the largest bound first."""
    order, coarse = np.argsort(-reach, kind="stable"), np.uint8
    for done in range(len(order) - 3):
        ends.bounded(2.0 * float(reach[order[done]]))
        if 2.0 * reach[order[done]] <= ends.best:
            return
        ends.look()
        found = base_excess(ends.D, order[done + 1 :], int(order[done]), ends.best, coarse=coarse)
        coarse = np.uint16 if found.unsure > MANY_UNSURE else np.uint8
        ends.tied = max(ends.tied, found.upper)
        if found.pair is not None and found.third is not None:
            ends.found(found.best, (*found.pair, int(order[done]), found.third))
