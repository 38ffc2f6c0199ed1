"""Rows of a packed table, turned into numbers as they are asked for, where its scheme packs row by row.

In: a packed tensor (n, d). Out: float32 arrays of the rows asked for, bit for bit those of the table decoded whole, some thousand rows at a
time, so that no more than these lie in memory twice.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Float32, Int64

from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.models.checkpoint.packed.tensors import PackedTensor, read_packed
from hypviz.models.checkpoint.stored_rows import StoredRows, runs

AT_ONCE = 4096


def is_by_rows(tensor: StoredTensor) -> bool:
    """Whether rows of a tensor can be decoded from theirs alone."""
    return isinstance(tensor, PackedTensor) and bool(tensor.scheme.by_rows) and len(tensor.shape) == 2


class PackedRows(StoredRows):
    """A packed table (n, d) in a file; `what` names it in the sentence about rows that are not finite."""

    def _check_kind(self) -> None:
        if not is_by_rows(self.tensor):
            raise ValueError(f"{self.tensor.name} is {self.tensor.dtype} {self.tensor.shape}, not a table that is packed row by row")

    def _read(self, rows: Int64[np.ndarray, " m"]) -> Float32[np.ndarray, "m d"]:
        values = np.empty((len(rows), self.shape[1]), dtype=np.float32)
        for start, stop in runs(rows):
            for at in range(start, stop, AT_ONCE):
                end = min(stop, at + AT_ONCE)
                values[at:end] = read_packed(_some(self.tensor, int(rows[at]), int(rows[at]) + end - at))
        return values


def _some(tensor: StoredTensor, first: int, stop: int) -> PackedTensor:
    """The tensor that has only these rows."""
    assert isinstance(tensor, PackedTensor)
    n_rows = tensor.shape[0]
    parts = {
        part: _cut(stored, first, stop) if part in tensor.scheme.by_rows and stored.shape[:1] == (n_rows,) else stored
        for part, stored in tensor.parts.items()
    }
    return dataclasses.replace(tensor, parts=parts, shape=(stop - first, *tensor.shape[1:]))


def _cut(stored: StoredTensor, first: int, stop: int) -> StoredTensor:
    a_row = (stored.stop - stored.start) // stored.shape[0]
    start = stored.start + first * a_row
    return dataclasses.replace(stored, shape=(stop - first, *stored.shape[1:]), start=start, stop=start + (stop - first) * a_row)
