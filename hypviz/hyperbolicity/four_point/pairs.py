"""Bounds for pairs of points: twice the delta of a quadruple is at most the sum of the bounds of its two farthest-apart pairs.

In: a matrix of bounds (n, n), of which the upper triangle counts. Out: which pairs can still matter, in order, and what it would cost
to look at them. Where the bounds come from is `delta`. Every loop over rows looks up on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32, Integer

from hypviz.hyperbolicity.four_point.limits import Limits
from hypviz.hyperbolicity.four_point.watch import Watch

BINS = 1000
ROWS_LOOKED_AT = 1500  # enough for a guess of the cost
PARTS = 64  # in which a long list is sorted
UPWARDS = 1.0 + 1e-9  # more than rounding takes off a bound


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPairs:
    """Pairs sorted by their bound, downwards. All pairs with a bound above `cut` are there."""

    first: Int32[np.ndarray, " m"]
    second: Int32[np.ndarray, " m"]
    bound: Float64[np.ndarray, " m"]
    cut: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledPairs:
    """Some of about `n_pairs` pairs, evenly spread over the rows."""

    first: Int32[np.ndarray, " m"]
    second: Int32[np.ndarray, " m"]
    n_pairs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBounds:
    """The bound of a pair i < j is matrix[i, j] / scale; `largest` is the largest; `source` says where they come from.

    `beyond` is about how many pairs reach each of `BINS` bins or a later one, `middle` the middles of the bins.
    """

    matrix: Float32[np.ndarray, "n n"]
    scale: float
    source: str
    largest: float
    beyond: Float64[np.ndarray, " edges"]
    middle: Float64[np.ndarray, " bins"]
    watch: Watch
    limits: Limits

    @classmethod
    def of(cls, matrix: Float32[np.ndarray, "n n"], source: str, *, scale: float, watch: Watch, limits: Limits) -> PairBounds:
        """Take a matrix as it is."""
        most = -np.inf
        for i, row in enumerate(matrix[:-1]):
            watch.look()
            most = max(most, float(row[i + 1 :].max()))
        largest = most / scale * UPWARDS
        counts, step, top = np.zeros(BINS), max(1, len(matrix) // ROWS_LOOKED_AT), max(largest, 1e-300)
        for i in range(0, len(matrix) - 1, step):
            watch.look()
            counts += np.histogram(matrix[i, i + 1 :], bins=BINS, range=(0.0, top * scale))[0]
        return cls(
            matrix=matrix,
            scale=scale,
            source=source,
            largest=largest,
            beyond=np.append(np.cumsum(counts[::-1])[::-1], 0.0) * step,
            middle=(np.arange(BINS) + 0.5) * (top / BINS),
            watch=watch,
            limits=limits,
        )

    def reach(self) -> Float64[np.ndarray, " n"]:
        """The largest bound of each point, 0 at the least."""
        most = np.zeros(len(self.matrix), dtype=self.matrix.dtype)
        for i, row in enumerate(self.matrix[:-1]):
            self.watch.look()
            most[i] = max(most[i], row[i + 1 :].max())
            np.maximum(most[i + 1 :], row[i + 1 :], out=most[i + 1 :])
        return most.astype(np.float64) / self.scale * UPWARDS

    def leading(self, n: int) -> list[tuple[int, int]]:
        """The pairs with the largest bounds of `n` different rows."""
        columns: list[int] = []
        for i, row in enumerate(self.matrix[:-1]):
            self.watch.look()
            columns.append(i + 1 + int(np.argmax(row[i + 1 :])))
        values = self.matrix[np.arange(len(columns)), columns]
        return [(i, columns[i]) for i in np.argsort(-values, kind="stable")[:n].tolist()]

    def listed(self, cut: float) -> ListedPairs:
        """The pairs with a bound above `cut`, at most as many as a list holds, the largest."""
        bounds: list[np.ndarray] = []
        rows: list[np.ndarray] = []
        columns: list[np.ndarray] = []
        for i, row in enumerate(self.matrix):
            self.watch.look()
            some = np.flatnonzero(row[i + 1 :] > cut * self.scale) + i + 1
            bounds.append(row[some].astype(np.float64) / self.scale * UPWARDS)
            rows.append(np.full(some.size, i, dtype=np.int32))
            columns.append(some.astype(np.int32))
        bound = np.concatenate(bounds)
        order, most = self._downwards(bound), self.limits.most_listed
        kept = order[:most]
        return ListedPairs(
            first=self._taken(np.concatenate(rows), kept),
            second=self._taken(np.concatenate(columns), kept),
            bound=self._taken(bound, kept),
            cut=cut if order.size <= most else float(bound[order[most]]),
        )

    def _downwards(self, bound: Float64[np.ndarray, " m"]) -> Integer[np.ndarray, " m"]:
        """What sorts `bound` downwards, equal ones in their order; a long list is sorted in parts, by values that some of it have."""
        most = self.limits.sorted_at_once
        if bound.size <= most:
            return np.argsort(-bound, kind="stable")
        some = np.sort(-bound[:: max(1, bound.size // (BINS * PARTS))])
        edges = np.unique(some[:: max(1, some.size // PARTS)])
        part = np.empty(bound.size, dtype=np.uint8)
        for block in self.watch.blocks(bound.size):
            part[block] = np.searchsorted(edges, -bound[block], side="right")
        sorted_parts: list[np.ndarray] = []
        for place in range(len(edges) + 1):
            self.watch.look()
            members = np.flatnonzero(part == place)
            self.watch.look()
            sorted_parts.append(members[np.argsort(-bound[members], kind="stable")])
        return np.concatenate(sorted_parts)

    def _taken(self, values: np.ndarray, kept: Integer[np.ndarray, " m"]) -> np.ndarray:
        """values[kept]."""
        found = np.empty(kept.size, dtype=values.dtype)
        for block in self.watch.blocks(kept.size):
            found[block] = values[kept[block]]
        return found

    def sample(self, beyond: float, n: int) -> SampledPairs:
        """At most `n` pairs with a bound above `beyond`, and how many there are, about."""
        step = max(1, len(self.matrix) // ROWS_LOOKED_AT)
        rows: list[np.ndarray] = []
        columns: list[np.ndarray] = []
        for i in range(0, len(self.matrix) - 1, step):
            self.watch.look()
            some = np.flatnonzero(self.matrix[i, i + 1 :] > beyond * self.scale) + i + 1
            rows.append(np.full(some.size, i, dtype=np.int32))
            columns.append(some.astype(np.int32))
        first, second = np.concatenate(rows), np.concatenate(columns)
        every = max(1, -(-first.size // n))
        return SampledPairs(first=first[::every], second=second[::every], n_pairs=float(first.size * step))

    def compared(self, level: float) -> float:
        """About how many pairs of pairs have bounds that together exceed `level`, from a histogram of the bounds."""
        large = self.middle > level / 2.0
        partner = self.beyond[np.clip(np.searchsorted(self.middle, level - self.middle[large]), 0, BINS)]
        own = self.beyond[:-1] - self.beyond[1:]
        return float((own[large] * np.maximum(partner - self.beyond[:-1][large], 1.0)).sum())

    def levels(self, best: float) -> Iterator[float]:
        """Sums of two bounds, falling to `best`, each with several times more pairs of pairs above it than the one before."""
        wanted = self.limits.first_compared
        for level in np.linspace(2.0 * self.largest, best, self.limits.levels)[1:-1] if 2.0 * self.largest > best else ():
            if self.compared(float(level)) > wanted:
                yield float(level)
                wanted = self.limits.more_compared * self.compared(float(level))
        yield best

    def listing_seconds(self, level: float) -> float:
        """What it takes to list all pairs that have a partner with which they exceed `level`."""
        return float(self.beyond[int(np.searchsorted(self.middle, level - self.largest))]) * self.limits.listed_seconds

    def cost(self, best: float) -> float:
        """Seconds to compare all pairs of pairs whose bounds together exceed `best`."""
        if 2.0 * self.largest <= best:
            return 0.0
        return self.compared(best) * self.limits.pair_seconds + self.listing_seconds(best)
