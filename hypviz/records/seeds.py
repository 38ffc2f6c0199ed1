"""Where the weights of a column come from, and a verdict over several seeds of one fine-tune."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hypviz.records.base import Record
from hypviz.records.statistics import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin(Record):
    """The run that trained a column's adapter, and which of the problems asked stand in the file that it learned from.

    `run_id` is None where no run folder is known; then all else is None too. `learned` names the training problems. `experiment` is the
    same for runs that share every setting but the seed, and the steps taken. `seen` are the places, among the problems counted, of those
    whose question stands in the training file, None where that file is gone; `same_file` says that its fingerprint is the one asked.
    """

    column: str
    method: str
    run_id: str | None
    seed: int | None
    experiment: str | None
    learned: str | None
    seen: tuple[int, ...] | None
    same_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRow(Record):
    """Two columns of one seed on the same problems: how many each got right, and how many only one did."""

    seed: int
    a: str
    b: str
    right_a: int
    right_b: int
    only_a: int
    only_b: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsVerdict(Record):
    """Method b against method a over all seeds and n problems.

    `difference` is the mean accuracy of b minus that of a with its interval for other seeds and other problems, at the level of its step in
    Holm's procedure over `n_pairs`; it excludes 0 if and only if `adjusted_p` < 0.05. `seeds_spread` is the standard deviation of
    the seeds' differences, `seeds_half` and `problems_half` are the half-widths over seeds and over problems alone, `least_multiple` is
    how many times `seeds_spread` a difference must be to be told from 0 with so many seeds. `verdict` is one of those of `PairCounts`;
    `constants` names the methods that give one number to nearly every problem with each seed.
    """

    SCHEMA: ClassVar[int] = 2

    a: str
    b: str
    n: int
    rows: tuple[SeedRow, ...]
    difference: Interval
    p: float
    adjusted_p: float
    n_pairs: int
    seeds_spread: float
    seeds_half: float
    problems_half: float
    least_multiple: float
    verdict: str
    constants: tuple[str, ...]
