"""The rows of a layout prepared for single looks: the nearest by centred cosine to one row, without a centred copy of the table.

In: all rows (n_rows, d) float32 and which of them are laid out. What `centred_units` and `nearest_by_cosine` do for a whole vocabulary
costs a copy of it; here a look is one product of the table with a vector, after which the best candidates are compared in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int, Int64

from hypviz.errors import HypvizError
from hypviz.layout.parts.neighbours import check_finite
from hypviz.layout.parts.true_neighbours import TIE
from hypviz.records.rows import Rows

CHUNK = 4_000_000  # numbers copied at once
SPARE = 32  # candidates beyond k, because the first look is exact to about 1e-6 only


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestRows:
    """`rows` (k,) of a layout, the nearest first, and their `cosine` (k,) with what was looked at."""

    rows: Int64[np.ndarray, " k"]
    cosine: Float64[np.ndarray, " k"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CentredRows:
    """`values` (n_rows, d) float32 hold row i of the layout at `rows[i]`; `mean` (d,) float64 of the n laid out rows.

    `length` (n,) float64 of each row less the mean, infinite where nothing but rounding is left, so that its cosines are 0.
    """

    values: Float32[np.ndarray, "n_rows d"]
    rows: Int[np.ndarray, " n"]
    mean: Float64[np.ndarray, " d"]
    length: Float64[np.ndarray, " n"]

    def nearest(self, row: int, *, k: int, among_equals: Int[np.ndarray, " some"] | None = None) -> NearestRows:
        """The k rows of the layout nearest to `row`, itself left out.

        Of those that are as near as the k-th, the ones in `among_equals` come first.
        """
        n = len(self.rows)
        k = min(k, n - 1)
        direction = self._centred(np.array([row]))[0]
        rough = self._roughly(direction)
        rough[row] = -np.inf
        spare = min(k + SPARE, n - 1)
        wanted = np.array([], dtype=np.int64) if among_equals is None else among_equals
        candidates = np.union1d(np.argpartition(-rough, spare - 1)[:spare], wanted)
        cosine = self._centred(candidates) @ direction
        best = np.argsort(-cosine, kind="stable")
        level = (np.abs(cosine[best] - cosine[best[k - 1]]) <= TIE).nonzero()[0]
        best[level] = best[level][np.argsort(~np.isin(candidates[best[level]], wanted), kind="stable")]
        return NearestRows(rows=candidates[best[:k]], cosine=cosine[best[:k]])

    def towards(self, point: Float64[np.ndarray, " d"], *, k: int) -> NearestRows:
        """The k rows nearest to `point` (d,), which need not be one of them, by the cosine of both less the mean of the rows.

        Raises `HypvizError` for a point of another width, and for one that is not finite or equals the mean.
        """
        if point.shape != self.mean.shape:
            raise HypvizError(
                f"A state of {len(point):,} numbers cannot be compared with rows of {len(self.mean):,}; take the logit lens instead of the "
                "nearest rows."
            )
        direction = point - self.mean
        length = float(np.linalg.norm(direction))
        if not np.isfinite(length) or not length:
            raise HypvizError(
                "A state has no direction from the mean of the rows: it equals the mean or is not finite; choose another one."
            )
        direction = direction / length
        k, spare = min(k, len(self.rows)), min(k + SPARE, len(self.rows))
        candidates = np.argpartition(-self._roughly(direction), spare - 1)[:spare]
        cosine = self._centred(candidates) @ direction
        best = np.argsort(-cosine, kind="stable")[:k]
        return NearestRows(rows=candidates[best], cosine=cosine[best])

    def _roughly(self, direction: Float64[np.ndarray, " d"]) -> Float64[np.ndarray, " n"]:
        """The cosine of every row with a direction of length 1, from a product in float32."""
        looked = (self.values @ direction.astype(np.float32))[self.rows]
        return np.asarray((looked - self.mean @ direction) / self.length, dtype=np.float64)

    def _centred(self, rows: Int[np.ndarray, " m"]) -> Float64[np.ndarray, "m d"]:
        """Rows of the layout less the mean, of length 1 (or 0), in float64."""
        return (self.values[self.rows[rows]] - self.mean) / self.length[rows][:, None]


def centred_rows(values: Rows, rows: Int[np.ndarray, " n"]) -> CentredRows:
    """Prepare `values` (n_rows, d) for looks among `rows` (n,); a minority of the table is copied, and what is no array; a majority is not.

    Raises `HypvizError` if a laid out row is not finite.
    """
    if _is_array(values) and len(rows) >= len(values) // 2:
        whole = values[:]
    else:
        whole, rows = values[rows], np.arange(len(rows))
    step = max(1, CHUNK // whole.shape[1])
    mean, largest = np.zeros(whole.shape[1]), 0.0
    for start in range(0, len(rows), step):
        block = whole[rows[start : start + step]]
        check_finite(block, start)
        mean += block.sum(axis=0, dtype=np.float64) / len(rows)
        largest = max(largest, float(np.abs(block).max(initial=0.0)))
    length = np.empty(len(rows))
    for start in range(0, len(rows), step):
        length[start : start + step] = np.linalg.norm(whole[rows[start : start + step]] - mean, axis=1)
    length[length <= 1e-6 * largest] = np.inf
    return CentredRows(values=whole, rows=rows, mean=mean, length=length)


def _is_array(values: Rows) -> bool:
    """Whether all rows are in memory."""
    return isinstance(values, np.ndarray)
