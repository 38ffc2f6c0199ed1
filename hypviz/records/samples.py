"""Two columns over several sampled answers a problem, every answer counted and none chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hypviz.records.base import Record
from hypviz.records.statistics import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglesPair(Record):
    """Column b against a over `n_answers` single samples each, in `n_clusters` problems (or groups of problems that belong together).

    `difference` is the share of right samples of b minus that of a, its interval at the level of its step in Holm's procedure over
    `n_pairs`; it excludes 0 if and only if `adjusted_p` < 0.05. `verdict` is one of those of `PairCounts`.
    """

    SCHEMA: ClassVar[int] = 1

    a: str
    b: str
    n_answers: int
    n_clusters: int
    difference: Interval
    p: float
    adjusted_p: float
    n_pairs: int
    verdict: str
