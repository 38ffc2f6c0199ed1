"""Which problems are not independent of one another: rephrasings of one problem, and questions that stand in a set more than once.

In: problems. Out: for each the number of its cluster, or None where every problem stands alone; and two columns compared in the way that
the clusters ask for. Problems with the same `Problem.group` (the source names the problem that they were made from) are one cluster, and
so are those whose questions differ in writing alone, from each other or from a name. Problems that merely look alike are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hypviz.problems.alike import plain_question
from hypviz.records.problems import Problem
from hypviz.records.statistics import Interval
from hypviz.statistics.clusters import clustered_difference
from hypviz.statistics.mcnemar import mcnemar_exact, paired_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Two columns on the same problems: the p, the interval of the difference at a level, which excludes 0 exactly where p < 1 - level.

    `n_clusters` is None where every problem stands alone (McNemar's exact test); `error` is the standard error over clusters.
    """

    p: float
    interval: Callable[[float], Interval]
    n_clusters: int | None = None
    error: float | None = None


def clusters(problems: Sequence[Problem]) -> np.ndarray | None:
    """The cluster (n,) of each problem, numbered from 0 in their order; None where each has its own."""
    number: dict[str, int] = {}
    found = [number.setdefault(_plain(problem.question if problem.group is None else problem.group), len(number)) for problem in problems]
    return None if len(number) == len(found) else np.array(found)


def members(ids: np.ndarray | None, n: int) -> np.ndarray:
    """The cluster (n,) of each of n problems, each one's own for None."""
    return np.arange(n) if ids is None else np.unique(ids, return_inverse=True)[1]


def by_cluster(values: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sums of `values` (n,) and the sizes of the clusters."""
    return np.bincount(ids, weights=values), np.bincount(ids)


def paired(only_a: np.ndarray, only_b: np.ndarray, ids: np.ndarray | None) -> Paired:
    """From which problems (n,) only one column got right, and their clusters."""
    a, b, n = int(only_a.sum()), int(only_b.sum()), len(only_a)
    if ids is None:
        return Paired(p=mcnemar_exact(a, b), interval=lambda level: paired_difference(a, b, n, level))
    found = clustered_difference(*by_cluster(only_b.astype(np.float64) - only_a, members(ids, n)))
    return Paired(p=found.p, interval=found.interval, n_clusters=found.n_clusters, error=found.error)


@lru_cache(maxsize=1 << 16)
def _plain(text: str) -> str:
    return plain_question(text)
