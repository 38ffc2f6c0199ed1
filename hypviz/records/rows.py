"""Rows of a table as whoever measures them sees them: an array, or a table of which only what is asked for is read."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int64


@runtime_checkable
class Rows(Protocol):
    """A table (n, d) of float32 numbers; what is indexed, by a slice or by row numbers, arrives as an array. An array is one too."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, which: Any, /) -> Float32[np.ndarray, "m d"]: ...


class RowsAt:
    """The rows of a table that have these numbers, in that order; nothing of them is held, each look reads them from the table again."""

    def __init__(self, rows: Rows, ids: Int64[np.ndarray, " m"]) -> None:
        self.rows = rows
        self.ids = ids

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array."""
        return (len(self.ids), *self.rows.shape[1:])

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, which: Any, /) -> Float32[np.ndarray, "k d"]:
        """The rows of a slice, of places or of a mask."""
        return self.rows[self.ids[which]]
