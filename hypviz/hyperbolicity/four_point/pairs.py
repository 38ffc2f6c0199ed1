"""Bounds for pairs of points: twice the delta of a quadruple is at most the sum of the bounds of its two farthest-apart pairs.

In: a matrix of bounds (n, n), of which the upper triangle counts. Out: which pairs can still matter, in order, and what it would cost
to look at them. Where the bounds come from is `four_point`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

BINS = 1000
LEVELS, FIRST_COMPARED, MORE_COMPARED = 64, 1e6, 8.0
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
    histogram: tuple[np.ndarray, np.ndarray]  # about how many pairs reach each bin or a later one, and the middles of the bins

    @classmethod
    def of(cls, matrix: np.ndarray, source: str, scale: float = 1.0) -> PairBounds:
        """Take a matrix as it is."""
        largest = max(float(row[i + 1 :].max()) for i, row in enumerate(matrix[:-1])) / scale * (1.0 + 1e-9)
        counts, step = np.zeros(BINS), max(1, len(matrix) // ROWS_LOOKED_AT)
        top = max(largest, 1e-300)
        for i in range(0, len(matrix) - 1, step):
            counts += np.histogram(matrix[i, i + 1 :], bins=BINS, range=(0.0, top * scale))[0]
        beyond = np.append(np.cumsum(counts[::-1])[::-1], 0.0) * step
        middle = (np.arange(BINS) + 0.5) * (top / BINS)
        return cls(matrix=matrix, scale=scale, source=source, largest=largest, histogram=(beyond, middle))

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

    def compared(self, level: float) -> float:
        """About how many pairs of pairs have bounds that together exceed `level`, from a histogram of the bounds."""
        beyond, middle = self.histogram
        large = middle > level / 2.0
        partner = beyond[np.clip(np.searchsorted(middle, level - middle[large]), 0, BINS)]
        own = beyond[:-1] - beyond[1:]
        return float((own[large] * np.maximum(partner - beyond[:-1][large], 1.0)).sum())

    def levels(self, best: float) -> Iterator[float]:
        """Sums of two bounds, falling to `best`, each with several times more pairs of pairs above it than the one before."""
        wanted = FIRST_COMPARED
        for level in np.linspace(2.0 * self.largest, best, LEVELS)[1:-1] if 2.0 * self.largest > best else ():
            if self.compared(float(level)) > wanted:
                yield float(level)
                wanted = MORE_COMPARED * self.compared(float(level))
        yield best

    def listing_seconds(self, level: float) -> float:
        """What it takes to list all pairs that have a partner with which they exceed `level`."""
        beyond, middle = self.histogram
        return float(beyond[int(np.searchsorted(middle, level - self.largest))]) * LISTED_SECONDS

    def cost(self, best: float) -> float:
        """Seconds to compare all pairs of pairs whose bounds together exceed `best`."""
        if 2.0 * self.largest <= best:
            return 0.0
        return self.compared(best) * PAIR_SECONDS + self.listing_seconds(best)
