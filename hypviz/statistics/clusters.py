"""Means and paired differences of observations that come in clusters, whose members are not independent of one another.

In: for every cluster the sum of its values and how many there are (rephrasings of one problem, several samples of one answer, both).
Out: intervals and tests in which a cluster, not an observation, is what could have come out otherwise.

The mean is over observations, sum of sums / sum of sizes. Its standard error takes clusters as drawn from a population of them: the
root of C / (C - 1) times the sum of squares of (sum - mean * size), over the number of observations (Miller, arXiv 2411.00640, section
2.2, after Liang and Zeger, Biometrika 73, 1986). A difference is told from 0 only if two tests tell it: Student's t with this error, and
the exact sign-flip test over clusters (Fisher, The Design of Experiments, 1935, section 21), which needs no such spread and holds
with few clusters; where every cluster is one problem it is McNemar's exact test. It says nothing about which observations belong together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval

METHOD = "Student's t over clusters, and 0 where the exact sign-flip test over clusters keeps it"
SHARE_METHOD = "Wilson score at the n that the clusters are worth"
_NEGLIGIBLE = 1e-20  # a chance that no sum of chances notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """A mean difference: `centre` and `error` (standard) after two added clusters, `p_flip` of the sign-flip test."""

    value: float
    centre: float
    error: float
    n: int
    n_clusters: int
    p_flip: float

    @property
    def p(self) -> float:
        """Two-sided, of both tests together: the larger p."""
        from scipy.special import stdtr

        return max(self.p_flip, float(2 * stdtr(self.n_clusters + 1, -abs(self.centre) / self.error)))

    def interval(self, level: float = 0.95) -> Interval:
        """Ends beyond -1 and 1 taken as these; it excludes 0 exactly where `p` < 1 - level."""
        half = student(self.n_clusters + 1, level) * self.error
        low, high = max(-1.0, self.centre - half), min(1.0, self.centre + half)
        if self.p_flip >= 1 - level:
            low, high = min(low, 0.0), max(high, 0.0)
        return Interval(value=self.value, low=low, high=high, n=self.n, level=level, method=METHOD)


def clustered_difference(sums: np.ndarray, sizes: np.ndarray) -> Clustered:
    """The mean of differences, each -1, 0 or 1: whole `sums` (C,) of clusters of `sizes` (C,). `HypvizError` for no cluster.

    For the t part two clusters of the mean size are added, all +1 and all -1 (as Bonett and Price, Journal of Educational and Behavioral
    Statistics 37, 2012, for single pairs), so that the interval has a width where nothing differs.
    """
    sums, sizes = _checked(sums, sizes)
    usual = float(sizes.mean())
    wide, wide_sizes = np.concatenate([sums, [usual, -usual]]), np.concatenate([sizes, [usual, usual]])
    centre = float(wide.sum() / wide_sizes.sum())
    return Clustered(
        value=float(sums.sum() / sizes.sum()),
        centre=centre,
        error=robust_error(wide, wide_sizes),
        n=int(sizes.sum()),
        n_clusters=len(sums),
        p_flip=sign_flip(sums),
    )


def least_clustered(error: float, n_clusters: int, *, alpha: float, power: float) -> float:
    """The difference that clusters of this standard error show with a chance of `power`, by Student's t (arXiv 2411.00640, section 5)."""
    freedom = n_clusters + 1
    return (student(freedom, 1 - alpha) + student(freedom, 2 * power - 1)) * error


def clustered_share(sums: np.ndarray, sizes: np.ndarray, level: float = 0.95) -> Interval:
    """A proportion: `sums` (C,) of successes in clusters of `sizes` (C,), with Wilson's interval at the n that the clusters are worth.

    That n is the one of independent observations with the same standard error, made smaller for the few clusters that it is estimated
    from, and never more than there are observations (Korn and Graubard, Survey Methodology 24, 1998, who do so with Clopper-Pearson's
    interval). Where all observations are alike, they say no more than one a cluster.
    """
    sums, sizes = _checked(sums, sizes)
    n, value = float(sizes.sum()), float(sums.sum() / sizes.sum())
    worth = 1.0 if len(sums) == 1 else float(len(sums))
    if len(sums) > 1 and 0 < value < 1:
        error, few = robust_error(sums, sizes), (student(math.inf, level) / student(len(sums) - 1, level)) ** 2
        worth = few * (min(n, value * (1 - value) / error**2) if error else n)
    low, high = _wilson(value, worth, student(math.inf, level))
    return Interval(value=value, low=min(low, value), high=max(high, value), n=int(n), level=level, method=SHARE_METHOD)


def robust_error(sums: np.ndarray, sizes: np.ndarray) -> float:
    """The standard error of sum(sums) / sum(sizes) over two or more clusters."""
    rest = sums - sums.sum() / sizes.sum() * sizes
    return math.sqrt(len(sums) / (len(sums) - 1) * float(rest @ rest)) / float(sizes.sum())


def sign_flip(sums: np.ndarray) -> float:
    """Two-sided p of whole `sums` (C,): the chance that clusters of random sign come as far from 0; error below 1e-12.

    The distribution of the total is worked out whole, size by size, and not drawn.
    """
    far = np.abs(np.asarray(sums, dtype=np.int64))
    total = abs(int(np.asarray(sums, dtype=np.int64).sum()))
    chances = np.ones(1)  # of the sum of those with a plus, from 0
    for size, n in zip(*(found.tolist() for found in np.unique(far[far > 0], return_counts=True)), strict=True):
        chances = _added(chances, size, n)
    place = np.arange(len(chances))
    return min(1.0, float(chances[np.abs(2 * place - (len(chances) - 1)) >= total].sum()))


def _added(chances: np.ndarray, size: int, n: int) -> np.ndarray:
    """The chances of a sum after n more terms of which each is 0 or `size`."""
    from scipy import stats

    out = np.zeros(len(chances) + size * n)
    for k, chance in enumerate(stats.binom.pmf(np.arange(n + 1), n, 0.5).tolist()):
        if chance > _NEGLIGIBLE:
            out[k * size : k * size + len(chances)] += chance * chances
    return out


def student(freedom: float, level: float) -> float:
    """The quantile of Student's t that an interval at `level` needs; of the normal distribution for infinite `freedom`."""
    from scipy.special import ndtri, stdtrit

    if not 0 < level < 1:
        raise HypvizError(f"A confidence level lies between 0 and 1, but got {level}; 0.95 is the usual choice.")
    return float(ndtri(0.5 + level / 2) if math.isinf(freedom) else stdtrit(freedom, 0.5 + level / 2))


def _wilson(value: float, n: float, z: float) -> tuple[float, float]:
    middle, half = value + z * z / (2 * n), z * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def _checked(sums: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sums, sizes = np.asarray(sums, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if sums.ndim != 1 or sums.shape != sizes.shape or not len(sums) or sizes.min() < 1 or (np.abs(sums) > sizes).any():
        raise HypvizError(
            f"Clusters need one sum and one size each, but got {sums.shape} and {sizes.shape}; give at least one, no sum beyond its size."
        )
    return sums, sizes
