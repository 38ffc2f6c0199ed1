"""Rows of a table that were never trained, as far as the rows themselves tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64, UInt8

from hypviz.records.base import Record

REASONS = ("all zero", "equal to others", "nearly equal to others", "next to nothing")  # next to nothing: in length
NEARLY_ALL = 0.9  # of the tokens: where as many have a row that was never trained, the table says nothing of the others, and all stay


@dataclass(frozen=True, slots=True, kw_only=True)
class UntrainedRows(Record):
    """The rows of a table that a token has and that were never trained: `ids` (m,) ascending, among `n_judged` rows with a token.

    `reason` (m,) indexes `REASONS`, and `others` (m,) counts the other rows that are equal or nearly equal to each, those that no token
    has among them; 0 for a row that is short and alone. `n_whole` rows are in the whole table, of which only the first were read, None
    where all were.
    """

    table: str
    ids: Int64[np.ndarray, " m"]
    reason: UInt8[np.ndarray, " m"]
    others: Int32[np.ndarray, " m"]
    n_judged: int
    n_whole: int | None = None

    @property
    def are_nearly_all(self) -> bool:
        """Whether so many were found that none is left out."""
        return len(self.ids) >= NEARLY_ALL * self.n_judged > 0

    @property
    def left_out(self) -> Int64[np.ndarray, " m"]:
        """The rows that are left out unless they are asked for."""
        return self.ids[:0] if self.are_nearly_all else self.ids
