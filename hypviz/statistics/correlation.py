"""Spearman's rank correlation with ties, and its bootstrap interval.

In: two vectors (n,). Out: a number or an `Interval`. A resample is a vector of integer weights, so that mid-ranks come from
counting instead of sorting: a thousand resamples of 30,000 pairs take about two seconds. Does not remove third variables.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.records.statistics import Interval
from hypviz.statistics.intervals import percentile_interval


def spearman(x: np.ndarray, y: np.ndarray) -> float | None:
    """Pearson correlation of the mid-ranks (Spearman 1904); None if either vector is constant."""
    x, y = _checked(x, y)
    return _weighted(_groups(x), _groups(y), np.ones(x.size))


def spearman_interval(
    x: np.ndarray,
    y: np.ndarray,
    *,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Interval | None:
    """Spearman's correlation with its percentile bootstrap interval over pairs; None if either vector is constant."""
    x, y = _checked(x, y)
    groups_x, groups_y = _groups(x), _groups(y)
    value = _weighted(groups_x, groups_y, np.ones(x.size))
    if value is None:
        return None
    rng = np.random.default_rng(seed)
    resampled = []
    for done in range(n_resamples):
        if should_stop is not None and should_stop():
            raise Stopped("The correlation was stopped before its interval was known; start again when there is time.")
        weights = np.bincount(rng.integers(0, x.size, size=x.size), minlength=x.size).astype(np.float64)
        resampled.append(_weighted(groups_x, groups_y, weights))
        if progress is not None:
            progress(done + 1, n_resamples)
    kept = np.array([r for r in resampled if r is not None])
    if kept.size < n_resamples * 0.99:
        raise HypvizError(f"Only {kept.size} of {n_resamples} resamples had a correlation; {x.size} pairs are too few, use a larger text.")
    lost = f", {n_resamples - kept.size} constant ones left out" if kept.size < n_resamples else ""
    method = f"Spearman, percentile bootstrap over pairs, {n_resamples} resamples{lost}, seed {seed}"
    return percentile_interval(value, kept, n=x.size, level=level, method=method)


def _checked(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x), np.asarray(y)
    if x.shape != y.shape or x.ndim != 1:
        raise HypvizError(
            f"A correlation needs two vectors of equal length, but got shapes {x.shape} and {y.shape}; pair the values first."
        )
    if x.size < 3:
        raise HypvizError(f"A rank correlation needs at least 3 pairs, but got {x.size}; use a larger text.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise HypvizError("A rank correlation needs finite values, but some are NaN or infinite; leave those pairs out and say so.")
    return x, y


def _groups(values: np.ndarray) -> np.ndarray:
    """For each item the index of its value among the sorted distinct values."""
    return np.unique(values, return_inverse=True)[1].ravel()


def _midranks(groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-rank of each item when item i is present weights[i] times."""
    size = np.bincount(groups, weights=weights)
    return (np.cumsum(size) - size / 2 + 0.5)[groups]


def _weighted(groups_x: np.ndarray, groups_y: np.ndarray, weights: np.ndarray) -> float | None:
    a, b = _midranks(groups_x, weights), _midranks(groups_y, weights)
    total = weights.sum()
    a, b = a - (weights @ a) / total, b - (weights @ b) / total
    spread = (weights @ (a * a)) * (weights @ (b * b))
    if spread <= 0:
        return None
    # Cauchy's bound can be missed by a rounding error only
    return float(np.clip((weights @ (a * b)) / np.sqrt(spread), -1.0, 1.0))
