"""Confidence intervals for a proportion and for a mean.

In: counts or a vector of observations. Out: `Interval`. Resampling takes a seed. Says nothing about which question to ask.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval

_CHUNK = 4_000_000  # resampled values held in memory at once


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson, JASA 22, 1927); keeps its level near 0, near n and for small n."""
    _check_level(level)
    if n < 1 or not 0 <= successes <= n:
        raise HypvizError(f"A proportion needs 0 <= successes <= n and n >= 1, but got {successes} of {n}; count at least one outcome.")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(value=share, low=low, high=high, n=n, level=level, method="Wilson score")


def bootstrap_mean(values: np.ndarray, *, seed: int, n_resamples: int = 2000, level: float = 0.95) -> Interval:
    """Mean of `values` (n,) with the percentile bootstrap interval (Efron, Annals of Statistics 7, 1979)."""
    _check_level(level)
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or values.size < 2:
        raise HypvizError(f"A bootstrap needs at least 2 observations, but got {values.size}; add data.")
    rng = np.random.default_rng(seed)
    means = np.empty(n_resamples)
    rows = max(1, _CHUNK // values.size)
    for start in range(0, n_resamples, rows):
        picks = rng.integers(0, values.size, size=(min(rows, n_resamples - start), values.size))
        means[start : start + rows] = values[picks].mean(axis=1)
    method = f"percentile bootstrap, {n_resamples} resamples, seed {seed}"
    return percentile_interval(float(values.mean()), means, n=values.size, level=level, method=method)


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
