"""Norms of the counted tokens and their quartiles by frequency.

In: embedding rows and counts. Out: vectors and `NormBins`, norms in the unit of the stored weights. Does not fit anything.
"""

from __future__ import annotations

import numpy as np

from hypviz.records.frequency import NormBins


def norm_bins(counts: np.ndarray, norms: np.ndarray) -> NormBins:
    """Quartiles of `norms` where counts lie in [2^k, 2^(k+1)); counts are at least 1."""
    power = np.frexp(np.asarray(counts, dtype=np.float64))[1] - 1
    kept = np.unique(power)
    quartiles = np.array([np.quantile(norms[power == k], [0.25, 0.5, 0.75]) for k in kept]).reshape(-1, 3)
    return NormBins(
        low=2 ** kept.astype(np.int64),
        high=2 ** (kept.astype(np.int64) + 1),
        n=np.array([(power == k).sum() for k in kept], dtype=np.int64),
        lower_quartile=quartiles[:, 0],
        median=quartiles[:, 1],
        upper_quartile=quartiles[:, 2],
    )
