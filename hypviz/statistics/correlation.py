"""Spearman's rank correlation with ties, and its bootstrap interval.

In: two vectors (n,). Out: a number or an `Interval`. A resample is a vector of integer weights, so that mid-ranks come from
counting instead of sorting: a thousand resamples of 30,000 pairs take a few seconds. Does not remove third variables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.records.statistics import Interval
from hypviz.statistics.intervals import percentile_interval
from hypviz.work import NOBODY, Work

_CHUNK = 1 << 17  # resampled weights held in memory at once


def spearman(x: np.ndarray, y: np.ndarray) -> float | None:
    """Pearson correlation of the mid-ranks (Spearman 1904); None if either vector is constant."""
    x, y = _checked(x, y)
    value = float(_weighted(_ranking(x), _ranking(y), np.ones((1, x.size)))[0])
    return value if np.isfinite(value) else None


def spearman_interval(
    x: np.ndarray,
    y: np.ndarray,
    *,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
    work: Work = NOBODY,
) -> Interval | None:
    """Spearman's correlation with its percentile bootstrap interval over pairs; None if either vector is constant."""
    x, y = _checked(x, y)
    value = spearman(x, y)
    if value is None:
        return None
    order = np.argsort(x, kind="stable")  # neighbours in memory are neighbours in rank, which is what a resample walks along
    rank_x, rank_y = _ranking(x[order]), _ranking(y[order])
    rng = np.random.default_rng(seed)
    resampled = np.empty(n_resamples)
    rows = max(1, _CHUNK // x.size)
    for start in range(0, n_resamples, rows):
        if work.is_stopped:
            raise Stopped("The correlation was stopped before its interval was known; start again when there is time.")
        m = min(rows, n_resamples - start)
        picks = rng.integers(0, x.size, size=(m, x.size)) + x.size * np.arange(m)[:, None]
        weights = np.bincount(picks.ravel(), minlength=m * x.size).reshape(m, x.size).astype(np.float64)
        resampled[start : start + m] = _weighted(rank_x, rank_y, weights)
        work.report(start + m, n_resamples)
    kept = resampled[np.isfinite(resampled)]
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


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Items by value: `group` is each item's place among the distinct values, `order` sorts them, `starts` begins each group."""

    group: np.ndarray
    order: np.ndarray | None  # None: already sorted
    starts: np.ndarray


def _ranking(values: np.ndarray) -> _Ranking:
    group = np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.intp).ravel()
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(int(group.max()) + 1))
    return _Ranking(group=group, order=None if (group[:-1] <= group[1:]).all() else order, starts=starts)


def _centred_midranks(ranking: _Ranking, weights: np.ndarray) -> np.ndarray:
    """Mid-rank (m, n) of each item, present weights[:, i] times, less their weighted mean, half of one more than all weights."""
    ordered = weights if ranking.order is None else weights[:, ranking.order]
    size = np.add.reduceat(ordered, ranking.starts, axis=1)
    ends = np.cumsum(size, axis=1)
    return (ends - size / 2 - ends[:, -1:] / 2)[:, ranking.group]


def _weighted(x: _Ranking, y: _Ranking, weights: np.ndarray) -> np.ndarray:
    """Spearman's correlation (m,) of m weightings (m, n) of the items; NaN where a vector is constant."""
    a, b = _centred_midranks(x, weights), _centred_midranks(y, weights)
    weighted_a = weights * a
    spread = np.einsum("ij,ij->i", weighted_a, a) * np.einsum("ij,ij,ij->i", weights, b, b)
    found = np.full(len(weights), np.nan)
    np.divide(np.einsum("ij,ij->i", weighted_a, b), np.sqrt(spread), out=found, where=spread > 0)
    return np.clip(found, -1.0, 1.0)  # Cauchy's bound can be missed by a rounding error only
