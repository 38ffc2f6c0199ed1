"""The lengths of rows: L2 norms in float64, a block at a time, so that a table of half precision needs no wider copy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.records.rows import Rows

BLOCK = 4_000_000  # numbers widened at once


def row_norms(rows: Rows) -> Float64[np.ndarray, " n"]:
    """L2 norms (n,) float64 of the rows as they are, not centred, without overflow for half-precision values."""
    norms = np.empty(len(rows))
    step = max(1, BLOCK // max(rows.shape[1], 1))
    for start in range(0, len(rows), step):
        norms[start : start + step] = np.linalg.norm(rows[start : start + step].astype(np.float64), axis=1)
    return norms
