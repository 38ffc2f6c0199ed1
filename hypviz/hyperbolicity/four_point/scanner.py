"""All points beside a pair of points: which of them row extremes leave, and the best quadruple among those.

In: a metric and pairs (a, b). d(c,d) - d(b,d) is at most max_d (d(c,d) - g_d) less min_d (d(b,d) - g_d), for any g; that leaves few
third points c where the metric is nearly equidistant.
"""

from __future__ import annotations

import numpy as np

from hypviz.compiled import PARALLEL


class Scanner:
    """What row extremes say of a metric less `g` (n,): `lowest` (n,), the minimum of each row, and `near` (n, n) float32.

    near[x, c] is d(x,c) less the maximum of c, less what rounding needs.
    """

    def __init__(self, D: np.ndarray) -> None:
        from hypviz.hyperbolicity.four_point.loops import pairs as pair_kernels

        self.D, self.kernels = D, pair_kernels
        mean = D.mean(axis=0)
        self.g = mean - mean.mean() / 2.0
        with PARALLEL:
            extremes = pair_kernels.row_extremes(D, self.g)
            rounding = 4.0 * np.finfo(np.float32).eps * (2.0 * float(D.max()) + float(np.abs(extremes).max()))
            self.near = np.empty(D.shape, dtype=np.float32)
            pair_kernels.subtract(D, np.zeros(len(D)), extremes[:, 1] + rounding, self.near)
        self.lowest = extremes[:, 0].copy()

    def scan(self, first: np.ndarray, second: np.ndarray, best: float) -> tuple[np.ndarray, np.ndarray]:
        """(value, c, d) of the best quadruple beyond `best` with each pair, c = -1 for none, (m, 3); and the points left (m,)."""
        order = np.argsort(first, kind="stable")  # a row is read once for all its pairs, and heavy pairs are spread over the threads
        found, sizes = np.empty((first.size, 3)), np.empty(first.size, dtype=np.int64)
        with PARALLEL:
            found[order], sizes[order] = self.kernels.scan_pairs(self.D, self.near, first[order], second[order], self.lowest, self.g, best)
        return found, sizes
