"""Comparing two methods on the same problems.

In: counts of discordant outcomes, or two vectors over the same items. Out: a p-value or an `Interval`.
"""

from __future__ import annotations

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval
from hypviz.statistics.intervals import bootstrap_mean


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided exact p of McNemar's test (Psychometrika 12, 1947): twice the smaller binomial tail at one half, at most 1.

    `only_a` and `only_b` count the items that exactly one method got right. With no such item p is 1: nothing was seen
    that could tell the methods apart.
    """
    if only_a < 0 or only_b < 0:
        raise HypvizError(f"Counts cannot be negative, but got {only_a} and {only_b}; count the problems only one method got right.")
    if only_a == only_b:
        return 1.0
    from scipy.special import bdtr

    return min(1.0, 2.0 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def paired_bootstrap(a: np.ndarray, b: np.ndarray, *, seed: int, n_resamples: int = 2000, level: float = 0.95) -> Interval:
    """Mean of a - b over the same items (n,) with its percentile bootstrap interval; items are resampled, pairs stay whole."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise HypvizError(f"Paired values must have equal lengths, but got {a.shape} and {b.shape}; compare both on the same problems.")
    return bootstrap_mean(a - b, seed=seed, n_resamples=n_resamples, level=level)
