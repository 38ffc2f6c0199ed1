"""All points beside a pair of points: which of them row extremes leave, and the best quadruple among those.

In: a metric and pairs (a, b). d(c,d) - d(b,d) is at most max_d (d(c,d) - g_d) less min_d (d(b,d) - g_d), for any g; that leaves few
third points c where the metric is nearly equidistant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Integer

from hypviz.hyperbolicity.four_point.loops import pairs as loops
from hypviz.hyperbolicity.four_point.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """Per pair (value, c, d) of its best quadruple, c = -1 for none, and how many points were left to look at."""

    found: Float64[np.ndarray, "m 3"]
    n_left: Integer[np.ndarray, " m"]


class Scanner:
    """What row extremes say of a metric less `g` (n,): `lowest` (n,), the minimum of each row, and `near` (n, n) float32.

    near[x, c] is d(x,c) less the maximum of c, less what rounding needs.
    """

    def __init__(self, D: Float64[np.ndarray, "n n"], watch: Watch) -> None:
        self.D, self._watch, n = D, watch, len(D)
        mean = D.mean(axis=0)
        self.g = mean - mean.mean() / 2.0
        extremes, zero = np.empty((n, 2)), np.zeros(n)
        for piece in watch.alike(n, n):
            with watch.alone():
                loops.row_extremes(D, self.g, extremes, piece.start, piece.stop)
        rounding = 4.0 * float(np.finfo(np.float32).eps) * (2.0 * float(D.max()) + float(np.abs(extremes).max()))
        self.near = np.empty(D.shape, dtype=np.float32)
        for piece in watch.alike(n, n):
            with watch.alone():
                loops.subtract(D, zero, extremes[:, 1] + rounding, self.near, piece.start, piece.stop)
        self.lowest = extremes[:, 0].copy()

    def scan(self, first: Integer[np.ndarray, " m"], second: Integer[np.ndarray, " m"], best: float) -> Scanned:
        """The best quadruple beyond `best` with each pair."""
        order = np.argsort(first, kind="stable")  # a row is read once for all its pairs, and heavy pairs are spread over the threads
        left, right, m = first[order], second[order], first.size
        rows, sizes = np.empty((m, 3)), np.empty(m, dtype=np.int64)
        for piece in self._watch.alike(m, 10.0 * len(self.D)):
            with self._watch.alone():
                loops.scan_pairs(self.D, self.near, left[piece], right[piece], self.lowest, self.g, best, rows[piece], sizes[piece])
        found, n_left = np.empty((m, 3)), np.empty(m, dtype=np.int64)
        found[order], n_left[order] = rows, sizes
        return Scanned(found=found, n_left=n_left)
