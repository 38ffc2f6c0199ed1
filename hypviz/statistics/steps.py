"""Means over consecutive steps of a process, and the ratio of two of them, when neighbouring steps need not be independent.

In: values of successive steps (n,), oldest first. Out: `Interval`. The steps are cut into blocks of equal length; the means of blocks
that are long against the correlation are nearly independent, so Student's t with blocks - 1 degrees of freedom holds for them (method of
batch means: Schmeiser, Operations Research 30, 1982). For independent steps it is as true as the usual interval and a little wider.
A drift within the window widens it. It speaks of the batches of one run, not of other seeds.
"""

from __future__ import annotations

import math

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval

FEWEST_BLOCKS, MOST_BLOCKS = 5, 10


def n_blocks(n: int) -> int:
    """How many blocks `n` steps are cut into: about the root of n, from 5 to 10."""
    return max(FEWEST_BLOCKS, min(MOST_BLOCKS, math.isqrt(n)))


def whole_blocks(n: int) -> int:
    """The largest number of steps up to `n` that is cut into its blocks without a rest; 0 below five steps."""
    return next((m for m in range(n, FEWEST_BLOCKS - 1, -1) if m % n_blocks(m) == 0), 0)


def block_means(values: np.ndarray) -> np.ndarray:
    """The mean of each block (blocks,) of `values` (n,), n as `whole_blocks` gives it; raises `HypvizError` for another n."""
    n = len(values)
    if n < FEWEST_BLOCKS or n % n_blocks(n):
        raise HypvizError(f"{n} steps cannot be cut into equal blocks; take the last {whole_blocks(n)} of them.")
    return np.asarray(values, dtype=np.float64).reshape(n_blocks(n), -1).mean(axis=1)


def mean_over_steps(values: np.ndarray, level: float = 0.95) -> Interval:
    """The mean of `values` (n,) with its interval from the means of its blocks."""
    means = block_means(values)
    half = _t(len(means) - 1, level) * float(means.std(ddof=1)) / math.sqrt(len(means))
    value = float(means.mean())
    method = f"Student's t over the means of {len(means)} blocks of {len(values) // len(means)} steps"
    return Interval(value=value, low=value - half, high=value + half, n=len(values), level=level, method=method)


def ratio_over_steps(part: np.ndarray, whole: np.ndarray, level: float = 0.95) -> Interval | None:
    """mean(part) / mean(whole) over the same steps, both (n,), with Fieller's interval (J. Royal Statistical Society B 16, 1954).

    None where the mean of `whole` is not told apart from 0 at this level: Fieller's set is then unbounded, and no ratio is told.
    """
    a, b = block_means(part), block_means(whole)
    if len(part) != len(whole):
        raise HypvizError(f"The two rows of steps must be equally long, but they have {len(part)} and {len(whole)}; pair them first.")
    k = len(a)
    t2 = _t(k - 1, level) ** 2 / k
    covariance = np.cov(a, b, ddof=1)
    mean_a, mean_b = float(a.mean()), float(b.mean())
    quadratic = mean_b**2 - t2 * float(covariance[1, 1])
    if quadratic <= 0.0:
        return None
    half_linear = mean_a * mean_b - t2 * float(covariance[0, 1])
    constant = mean_a**2 - t2 * float(covariance[0, 0])
    root = math.sqrt(max(half_linear**2 - quadratic * constant, 0.0))
    low, high = (half_linear - root) / quadratic, (half_linear + root) / quadratic
    return Interval(value=mean_a / mean_b, low=low, high=high, n=len(part), level=level, method=f"Fieller over the means of {k} blocks")


def _t(freedom: int, level: float) -> float:
    if not 0 < level < 1:
        raise HypvizError(f"A confidence level lies between 0 and 1, but got {level}; 0.95 is the usual choice.")
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2))
