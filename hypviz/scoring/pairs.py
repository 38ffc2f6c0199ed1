"""Two columns on the same problems: the table of both, McNemar's exact test, and all pairs judged together (Holm).

In: outcomes. Out: `PairCounts` by the rows' rule, by the other ones, or without the unfinished. Their words are `words.verdict`.
Where problems are not independent of one another, the test and the interval are those over clusters.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT
from hypviz.records.evaluations import ConstantAnswer, Outcome, PairCounts
from hypviz.scoring.clusters import Paired, clusters, paired
from hypviz.scoring.constants import against_constant, best_constant, constant_answer
from hypviz.scoring.verdicts import verdict
from hypviz.statistics.holm import Adjusted, holm

Places = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One column of a pair: the constant that it answers, and the best constant answer where it is not shown to be better than that."""

    name: str
    constant: ConstantAnswer | None = None
    unbeaten: Fraction | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The counts of one pair, before all pairs are judged together."""

    a: _Side
    b: _Side
    n: int
    both_right: int
    only_a: int
    only_b: int
    unfinished: int
    neither_answered: int
    other_unfinished: int
    test: Paired


def pair_counts(names: Sequence[str], rows: Sequence[Outcome], which: Places | None = None) -> tuple[PairCounts, ...]:
    """Every two columns (or those of `which`, by their places) on the same problems by the rows' rule, judged together."""
    return _pairs(names, rows, rows[0].rule, which)


def other_pairs(names: Sequence[str], rows: Sequence[Outcome], which: Places | None = None) -> dict[str, tuple[PairCounts, ...]]:
    """As `pair_counts`, by every other rule."""
    return {rule: _pairs(names, rows, rule, which) for rule in rows[0].marks if rule != rows[0].rule}


def finished_pairs(names: Sequence[str], rows: Sequence[Outcome], which: Places | None = None) -> tuple[PairCounts | None, ...]:
    """As `pair_counts`, without the problems on which either column is unfinished; None where that is none or all of them.

    Leaving them out chooses problems by what the columns did, so this shows how much hangs on the limit; it is not the main count.
    """
    sides = [dataclasses.replace(side, unbeaten=None) for side in _sides(names, rows, rows[0].rule)]  # it is that of all problems
    tables: list[_Table | None] = []
    for i, j in _places(names, which):
        kept = [row for row in rows if CUT not in (row.states[i], row.states[j])]
        ids = clusters([row.problem for row in kept])
        tables.append(_table(sides[i], sides[j], i, j, [row.states for row in kept], ids) if 0 < len(kept) < len(rows) else None)
    judged = iter(_judge([table for table in tables if table is not None]))
    return tuple(None if table is None else next(judged) for table in tables)


def _pairs(names: Sequence[str], rows: Sequence[Outcome], rule: str, which: Places | None) -> tuple[PairCounts, ...]:
    sides = _sides(names, rows, rule)
    states, ids = [tuple(mark.state for mark in row.marks[rule]) for row in rows], clusters([row.problem for row in rows])
    return _judge([_table(sides[i], sides[j], i, j, states, ids) for i, j in _places(names, which)])


def _places(names: Sequence[str], which: Places | None) -> list[tuple[int, int]]:
    return list(combinations(range(len(names)), 2)) if which is None else list(which)


def _sides(names: Sequence[str], rows: Sequence[Outcome], rule: str) -> list[_Side]:
    best = best_constant([row.problem for row in rows])
    return [
        _Side(name=name, constant=constant_answer(rows, rule, k), unbeaten=None if against is None or against.low > 0 else best)
        for k, (name, against) in enumerate(zip(names, against_constant(rows, rule), strict=True))
    ]


def _table(a: _Side, b: _Side, i: int, j: int, rows: Sequence[tuple[str, ...]], ids: np.ndarray | None) -> _Table:
    """Columns i and j over rows that hold every column's state, and the cluster of each row."""
    pairs = [(states[i], states[j]) for states in rows]
    right = np.array([[state == RIGHT for state in pair] for pair in pairs]).T
    cells = Counter((one == RIGHT, other == RIGHT) for one, other in pairs)
    silent = (NO_NUMBER, NO_TEXT)
    return _Table(
        a=a,
        b=b,
        n=len(rows),
        both_right=cells[True, True],
        only_a=cells[True, False],
        only_b=cells[False, True],
        unfinished=sum(CUT in pair and RIGHT not in pair for pair in pairs),
        neither_answered=sum(one in silent and other in silent for one, other in pairs),
        other_unfinished=sum(CUT in pair and RIGHT in pair for pair in pairs),
        test=paired(right[0] & ~right[1], right[1] & ~right[0], ids),
    )


def _judge(tables: Sequence[_Table]) -> tuple[PairCounts, ...]:
    """All pairs together: Holm's procedure over their exact tests, a pair that is not compared among them."""
    steps = holm([table.test.p for table in tables])
    return tuple(_pair(table, step) for table, step in zip(tables, steps, strict=True))


def _pair(table: _Table, step: Adjusted) -> PairCounts:
    difference = table.test.interval(step.level)
    a, b = table.a, table.b
    return PairCounts(
        a=a.name,
        b=b.name,
        both_right=table.both_right,
        only_a=table.only_a,
        only_b=table.only_b,
        both_wrong=table.n - table.both_right - table.only_a - table.only_b,
        unfinished=table.unfinished,
        neither_answered=table.neither_answered,
        other_unfinished=table.other_unfinished,
        p=table.test.p,
        adjusted_p=step.p,
        n_pairs=step.n_tests,
        difference=difference,
        verdict=verdict(difference, both_constant=a.constant is not None and b.constant is not None),
        constant_a=a.constant,
        constant_b=b.constant,
        unbeaten=a.unbeaten if b.unbeaten is not None else None,
        n_clusters=table.test.n_clusters,
        error=table.test.error,
    )
