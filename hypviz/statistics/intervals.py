"""Confidence intervals for a proportion and for a mean.

In: counts or a vector of observations. Out: `Interval`. Says nothing about which question to ask.
"""

from __future__ import annotations

import math

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson, JASA 22, 1927); keeps its level near 0, near n and for small n."""
    _check_level(level)
    if n < 1 or not 0 <= successes <= n:
        raise HypvizError(f"A proportion needs 0 <= successes <= n and n >= 1, but got {successes} of {n}; count at least one outcome.")
    from scipy import stats

    low, high = map(float, stats.binomtest(successes, n).proportion_ci(confidence_level=level, method="wilson"))
    return Interval(value=successes / n, low=low, high=high, n=n, level=level, method="Wilson score")


def mean_of_few(values: np.ndarray, level: float = 0.95) -> Interval:
    """Mean of `values` (n,), n at least 2, with Student's t interval (Biometrika 6, 1908), exact for normal observations however few."""
    from scipy.special import stdtrit

    _check_level(level)
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or values.size < 2:
        raise HypvizError(f"A t interval needs at least 2 observations, but got {values.size}; add data.")
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)
    half = float(stdtrit(values.size - 1, 0.5 + level / 2)) * error
    return Interval(value=mean, low=mean - half, high=mean + half, n=values.size, level=level, method="Student's t")


def percentile_interval(value: float, resampled: np.ndarray, *, n: int, level: float, method: str) -> Interval:
    """`value` with the interval between the outer quantiles of the resampled statistic."""
    _check_level(level)
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value=value, low=float(low), high=float(high), n=n, level=level, method=method)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise HypvizError(f"A confidence level lies between 0 and 1, but got {level}; 0.95 is the usual choice.")
