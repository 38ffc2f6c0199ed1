"""Bounds for pairs of points: twice the delta of a quadruple is at most the sum of the bounds of its two farthest-apart pairs.

In: a matrix of bounds (n, n), of which the upper triangle counts. Out: which pairs can still matter, in order, and what it would cost
to look at them. Where the bounds come from is `four_point`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 400
ROWS_LOOKED_AT = 1500  # enough for a guess of the cost
MOST_LISTED = 30_000_000  # pairs, 16 bytes each
PAIR_SECONDS, LISTED_SECONDS = 4e-9, 1.5e-7  # two listed pairs compared, one pair listed and sorted; two cores


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPairs:
    """Pairs sorted by their bound, downwards. All pairs with a bound above `cut` are there."""

    first: np.ndarray
    second: np.ndarray
    bound: np.ndarray
    cut: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBounds:
    """The bound of a pair i < j is matrix[i, j] / scale; `largest` is the largest; `source` says where they come from."""

    matrix: np.ndarray
    scale: float
    source: str
    largest: float

    @classmethod
    def of(cls, matrix: np.ndarray, source: str, scale: float = 1.0) -> PairBounds:
        """Take a matrix as it is."""
        largest = max(float(row[i + 1 :].max()) for i, row in enumerate(matrix[:-1])) / scale
        return cls(matrix=matrix, scale=scale, source=source, largest=largest * (1.0 + 1e-9))

    def reach(self) -> np.ndarray:
        """The largest bound of each point (n,)."""
        above = np.triu(self.matrix, 1)
        return np.maximum(above.max(axis=0), above.max(axis=1)).astype(np.float64) / self.scale * (1.0 + 1e-9)

    def leading(self, n: int) -> list[tuple[int, int]]:
        """The pairs with the largest bounds of `n` different rows."""
        columns = [i + 1 + int(np.argmax(row[i + 1 :])) for i, row in enumerate(self.matrix[:-1])]
        values = self.matrix[np.arange(len(columns)), columns]
        return [(i, columns[i]) for i in np.argsort(-values, kind="stable")[:n].tolist()]

    def listed(self, cut: float) -> ListedPairs:
        """The pairs with a bound above `cut`, at most `MOST_LISTED` of them, the largest."""
        bounds, rows, columns = [], [], []
        for i, row in enumerate(self.matrix):
            some = np.flatnonzero(row[i + 1 :] > cut * self.scale) + i + 1
            bounds.append(row[some].astype(np.float64) / self.scale * (1.0 + 1e-9))
            rows.append(np.full(some.size, i, dtype=np.int32))
            columns.append(some.astype(np.int32))
        bound, first, second = np.concatenate(bounds), np.concatenate(rows), np.concatenate(columns)
        order = np.argsort(-bound, kind="stable")
        kept = order[:MOST_LISTED]
        reached = cut if order.size <= MOST_LISTED else float(bound[order[MOST_LISTED]])
        return ListedPairs(first=first[kept], second=second[kept], bound=bound[kept], cut=reached)

    def sample(self, beyond: float, n: int) -> tuple[np.ndarray, np.ndarray, float]:
        """(first, second) of at most `n` pairs with a bound above `beyond`, evenly spread over rows, and how many there are, about."""
        step = max(1, len(self.matrix) // ROWS_LOOKED_AT)
        rows, columns = [], []
        for i in range(0, len(self.matrix) - 1, step):
            some = np.flatnonzero(self.matrix[i, i + 1 :] > beyond * self.scale) + i + 1
            rows.append(np.full(some.size, i, dtype=np.int32))
            columns.append(some.astype(np.int32))
        first, second = np.concatenate(rows), np.concatenate(columns)
        every = max(1, -(-first.size // n))
        return first[::every], second[::every], float(first.size * step)

    def cost(self, best: float) -> float:
        """Seconds to compare all pairs of pairs whose bounds together exceed `best`, from a histogram of the bounds."""
        if 2.0 * self.largest <= best:
            return 0.0
        low = max(best - self.largest, 0.0)
        counts, edges = np.zeros(BINS), np.linspace(low, self.largest * (1.0 + 1e-9) + 1e-300, BINS + 1)
        step = max(1, len(self.matrix) // ROWS_LOOKED_AT)
        for i in range(0, len(self.matrix) - 1, step):
            counts += np.histogram(self.matrix[i, i + 1 :], bins=edges * self.scale)[0]
        beyond = np.append(np.cumsum(counts[::-1])[::-1], 0.0) * step
        middle = (edges[:-1] + edges[1:]) / 2.0
        large = middle > best / 2.0
        partner = beyond[np.clip(np.searchsorted(edges, best - middle[large]), 0, BINS)]
        compared = (step * counts[large] * np.maximum(partner - beyond[:-1][large], 1.0)).sum()
        return float(compared) * PAIR_SECONDS + float(beyond[0]) * LISTED_SECONDS
