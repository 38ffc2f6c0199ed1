"""Rows of a table as whoever measures them sees them: an array, or a table of which only what is asked for is read."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32


@runtime_checkable
class Rows(Protocol):
    """A table (n, d) of float32 numbers; what is indexed, by a slice or by row numbers, arrives as an array. An array is one too."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, which: Any, /) -> Float32[np.ndarray, "m d"]: ...
