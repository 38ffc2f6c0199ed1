"""Rows read from a weight file as they are asked for, so that a table larger than memory is measured as one that fits.

In: a stored tensor (n, d) in float32, float16, bfloat16 or float64. Out: float32 arrays of the rows asked for, bit for bit those of a
full load. Rows that follow each other in the file are read at once; nothing is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int64

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor, as_float32, stored_kind


class StoredRows:
    """A table (n, d) in a file; `what` names it in the sentence about rows that are not finite."""

    def __init__(self, tensor: StoredTensor, what: str) -> None:
        self.tensor = tensor
        self.what = what
        self._check_kind()

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape

    def __len__(self) -> int:
        return self.tensor.shape[0]

    def __getitem__(self, which: slice | np.ndarray | list[int]) -> Float32[np.ndarray, "m d"]:
        """The rows of a slice, of row numbers or of a mask; `ModelError` for rows that are not finite."""
        rows = np.arange(len(self))[which]
        if rows.ndim != 1:
            raise IndexError("rows are asked for by a slice, by row numbers or by a mask of rows")
        values = self._read(rows)
        self._check_finite(values, rows)
        return values

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        """The whole table, for those who need it at once."""
        return self[:].astype(dtype or np.float32, copy=False)

    def _read(self, rows: Int64[np.ndarray, " m"]) -> Float32[np.ndarray, "m d"]:
        """The rows of these numbers."""
        held = self._held(len(rows))
        try:
            with open(self.tensor.file, "rb", buffering=0) as stream:
                for start, stop in runs(rows):
                    _read_into(stream.fileno(), held[start:stop], self.tensor.start + int(rows[start]) * held.itemsize * held.shape[1])
        except (OSError, EOFError) as error:
            raise ModelError(f"{self.tensor.file} changed while it was read; load the model again.") from error
        return self._numbers(held)

    def _check_kind(self) -> None:
        if self.tensor.dtype not in TORCH_NAMES or len(self.tensor.shape) != 2:
            raise ValueError(f"{self.tensor.name} is {self.tensor.dtype} {self.tensor.shape}, not a table of plain floating-point numbers")

    def _held(self, n: int) -> np.ndarray:
        """Room for `n` rows as they lie in the file."""
        return np.empty((n, self.shape[1]), dtype=stored_kind(self.tensor))

    def _numbers(self, held: np.ndarray) -> Float32[np.ndarray, "m d"]:
        """The numbers of rows as they lie in the file."""
        return as_float32(held, self.tensor.dtype)

    def _check_finite(self, values: np.ndarray, rows: Int64[np.ndarray, " m"]) -> None:
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if bad.size:
            raise ModelError(
                f"{bad.size:,} of {len(rows):,} rows that were read of {self.what} hold NaN or infinity (the first is row "
                f"{int(rows[bad[0]]):,}); the checkpoint is damaged, so use another copy."
            )


def runs(rows: Int64[np.ndarray, " m"]) -> Iterator[tuple[int, int]]:
    """From where to where the row numbers rise by one, as places among them."""
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    yield from zip([0, *breaks.tolist()], [*breaks.tolist(), len(rows)], strict=True) if len(rows) else ()


def _read_into(descriptor: int, target: np.ndarray, at: int) -> None:
    """Fill `target` from the file; raises `EOFError` where that ends before."""
    left = target.data.cast("B")
    while left:
        n = os.preadv(descriptor, [left], at) if hasattr(os, "preadv") else _read_at(descriptor, left, at)
        if not n:
            raise EOFError
        left, at = left[n:], at + n


def _read_at(descriptor: int, target: memoryview, at: int) -> int:
    """The same where the system cannot read at a place."""
    os.lseek(descriptor, at, os.SEEK_SET)
    data = os.read(descriptor, min(len(target), 1 << 24))
    target[: len(data)] = data
    return len(data)
