"""From answers to counts: per column, per pair of columns, and for the best constant answer. Pure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from hypviz.generate.prompts import answer_part, is_cut
from hypviz.problems import answer_state, is_right, is_right_carefully, show_number
from hypviz.records.answers import (
    CUT,
    NO_NUMBER,
    NO_TEXT,
    RIGHT,
    TOKEN_LIMIT,
    WRONG,
    Answers,
    ColumnScore,
    Majority,
    Outcome,
    PairCounts,
)
from hypviz.records.problems import Problem
from hypviz.records.statistics import Interval
from hypviz.statistics import mcnemar_exact, wilson_interval
from hypviz.statistics.holm import Adjusted, holm
from hypviz.statistics.mcnemar import paired_difference
from hypviz.words.verdict import Side, judge

NEARLY_ALL = 0.9  # of the problems: a column that gives one number to so many answers a constant
FEWEST_FOR_CONSTANT = 10


def outcomes(problems: Sequence[Problem], answers: Sequence[Answers]) -> tuple[Outcome, ...]:
    """One row per problem, the columns in the order given."""
    return tuple(_outcome(problem, answers, i) for i, problem in enumerate(problems))


def score_columns(names: Sequence[str], answers: Sequence[Answers], rows: Sequence[Outcome]) -> tuple[ColumnScore, ...]:
    """Accuracy with its Wilson interval for each column, and how it stands to the best constant answer."""
    sides, against = _sides(names, _by_paper(rows)), _against_constant(_by_paper(rows))
    scores = []
    for k, (name, column) in enumerate(zip(names, answers, strict=True)):
        states = Counter(row.states[k] for row in rows)
        correct, careful = states[RIGHT], sum(row.careful_states[k] == RIGHT for row in rows)
        usual, n_usual = most_frequent(row.found[k] for row in rows)
        scores.append(
            ColumnScore(
                name=name,
                weights=column.weights,
                n=len(rows),
                correct=correct,
                accuracy=wilson_interval(correct, len(rows)),
                wrong=states[WRONG],
                unfinished=states[CUT],
                no_answer=states[NO_NUMBER],
                no_text=states[NO_TEXT],
                n_cut=sum(row.ended[k] == TOKEN_LIMIT for row in rows),
                careful_correct=careful,
                careful_accuracy=wilson_interval(careful, len(rows)),
                n_read_differently=sum(read_differently(row, k) for row in rows),
                n_judged_differently=sum(row.right[k] != (row.careful_states[k] == RIGHT) for row in rows),
                seconds=column.seconds,
                usual=usual,
                n_usual=n_usual,
                answers_constant=sides[k].constant is not None,
                over_constant=against[k],
                beats_constant=against[k].low > 0,
                one_by_one=column.one_by_one,
            )
        )
    return tuple(scores)


def read_differently(row: Outcome, k: int) -> bool:
    """Whether the rules find different numbers in column k's answer; one that both call unfinished has no number to differ about."""
    return row.found[k] != row.careful[k] and not row.states[k] == row.careful_states[k] == CUT


def pair_counts(names: Sequence[str], rows: Sequence[Outcome], which: Sequence[tuple[int, int]] | None = None) -> tuple[PairCounts, ...]:
    """Every two columns (or those of `which`, by their places) on the same problems by the paper's rule, judged together."""
    return _pairs(names, _by_paper(rows), which)


def careful_pairs(names: Sequence[str], rows: Sequence[Outcome], which: Sequence[tuple[int, int]] | None = None) -> tuple[PairCounts, ...]:
    """As `pair_counts`, by careful reading."""
    return _pairs(names, _carefully(rows), which)


def finished_pairs(
    names: Sequence[str], rows: Sequence[Outcome], which: Sequence[tuple[int, int]] | None = None
) -> tuple[PairCounts | None, ...]:
    """As `pair_counts`, without the problems on which either column is unfinished; None where that is none or all of them.

    Leaving them out chooses problems by what the columns did, so this shows how much hangs on the limit; it is not the main count.
    """
    sides = [dataclasses.replace(side, level=None) for side in _sides(names, _by_paper(rows))]  # it is that of all problems
    tables: list[_Table | None] = []
    for i, j in _places(names, which):
        kept = [row.states for row in rows if CUT not in (row.states[i], row.states[j])]
        tables.append(_table(sides[i], sides[j], i, j, kept) if 0 < len(kept) < len(rows) else None)
    judged = iter(_judge([table for table in tables if table is not None]))
    return tuple(None if table is None else next(judged) for table in tables)


def majority(problems: Sequence[Problem] | Sequence[Outcome]) -> Majority:
    """The most frequent reference answer (the smallest of equals) and how often it is right."""
    answer, _ = most_frequent(round(problem.answer, 3) for problem in problems)
    assert answer is not None
    correct = sum(is_right(answer, problem.answer) for problem in problems)
    return Majority(answer=answer, correct=correct, accuracy=correct / len(problems))


def most_frequent(values: Iterable[Fraction | None]) -> tuple[Fraction | None, int]:
    """The number that stands there most often (the smallest of equals) and how often; (None, 0) without any."""
    counts = Counter(value for value in values if value is not None)
    best = max(counts.values(), default=0)
    return min((value for value, count in counts.items() if count == best), default=None), best


def _outcome(problem: Problem, answers: Sequence[Answers], i: int) -> Outcome:
    found, careful = tuple(column.found[i] for column in answers), tuple(column.careful[i] for column in answers)
    texts, ended = tuple(column.texts[i] for column in answers), tuple(column.ended[i] for column in answers)
    return Outcome(
        question=problem.question,
        answer=problem.answer,
        skill=problem.skill,
        texts=texts,
        ended=ended,
        found=found,
        states=tuple(
            answer_state(answer_part(text), value, right=is_right(value, problem.answer), cut=is_cut(text, end))
            for text, end, value in zip(texts, ended, found, strict=True)
        ),
        careful=careful,
        careful_states=tuple(
            answer_state(answer_part(text), value, right=is_right_carefully(value, problem.answer), cut=is_cut(text, end))
            for text, end, value in zip(texts, ended, careful, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """All answers as one rule reads them: the reference answers, and per problem every column's number and state."""

    golds: list[Fraction]
    found: list[tuple[Fraction | None, ...]]
    states: list[tuple[str, ...]]
    is_right: Callable[[Fraction | None, Fraction], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The counts of one pair, before all pairs are judged together."""

    a: Side
    b: Side
    n: int
    both_right: int
    only_a: int
    only_b: int
    unfinished: int
    neither_answered: int
    other_unfinished: int


def _by_paper(rows: Sequence[Outcome]) -> _Read:
    return _Read(
        golds=[row.answer for row in rows], found=[row.found for row in rows], states=[row.states for row in rows], is_right=is_right
    )


def _carefully(rows: Sequence[Outcome]) -> _Read:
    return _Read(
        golds=[row.answer for row in rows],
        found=[row.careful for row in rows],
        states=[row.careful_states for row in rows],
        is_right=is_right_carefully,
    )


def _places(names: Sequence[str], which: Sequence[tuple[int, int]] | None) -> list[tuple[int, int]]:
    return list(combinations(range(len(names)), 2)) if which is None else list(which)


def _sides(names: Sequence[str], read: _Read) -> list[Side]:
    """Every column with what is to be said of it as a constant answer, or as no better than one."""
    constant, _ = most_frequent(round(gold, 3) for gold in read.golds)
    assert constant is not None
    level = f"always answering {show_number(constant)}"
    return [
        Side(name=name, constant=_constant(read, k), level=None if against.low > 0 else level)
        for k, (name, against) in enumerate(zip(names, _against_constant(read), strict=True))
    ]


def _constant(read: _Read, k: int) -> str | None:
    """``answers 5 to 97 of 100 problems`` for a column that gives nearly all of them one number which is not nearly all of theirs."""
    n = len(read.golds)
    usual, n_usual = most_frequent(row[k] for row in read.found)
    if usual is None or n < FEWEST_FOR_CONSTANT or n_usual < NEARLY_ALL * n:
        return None
    if sum(read.is_right(usual, gold) for gold in read.golds) >= NEARLY_ALL * n:
        return None
    return f"answers {show_number(usual)} to {'every problem' if n_usual == n else f'{n_usual:,} of {n:,} problems'}"


def _against_constant(read: _Read) -> list[Interval]:
    """Each column's accuracy minus that of the best constant answer, at the level of its step among the columns (Holm)."""
    n = len(read.golds)
    constant, _ = most_frequent(round(gold, 3) for gold in read.golds)
    right = [read.is_right(constant, gold) for gold in read.golds]
    counts = []
    for k in range(len(read.states[0])):
        pairs = Counter(zip(right, (states[k] == RIGHT for states in read.states), strict=True))
        counts.append((pairs[True, False], pairs[False, True]))
    steps = holm([mcnemar_exact(only_constant, only_column) for only_constant, only_column in counts])
    return [paired_difference(*count, n, step.level) for count, step in zip(counts, steps, strict=True)]


def _pairs(names: Sequence[str], read: _Read, which: Sequence[tuple[int, int]] | None) -> tuple[PairCounts, ...]:
    sides = _sides(names, read)
    return _judge([_table(sides[i], sides[j], i, j, read.states) for i, j in _places(names, which)])


def _table(a: Side, b: Side, i: int, j: int, rows: Sequence[tuple[str, ...]]) -> _Table:
    """Columns i and j over rows that hold every column's state."""
    pairs = [(states[i], states[j]) for states in rows]
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
    )


def _judge(tables: Sequence[_Table]) -> tuple[PairCounts, ...]:
    """All pairs together: Holm's procedure over their exact tests, a pair that is not compared among them."""
    p_values = [mcnemar_exact(table.only_a, table.only_b) for table in tables]
    return tuple(_pair(table, p, step) for table, p, step in zip(tables, p_values, holm(p_values), strict=True))


def _pair(table: _Table, p: float, step: Adjusted) -> PairCounts:
    difference = paired_difference(table.only_a, table.only_b, table.n, step.level)
    verdict, sentence = judge(table.a, table.b, only_a=table.only_a, only_b=table.only_b, p=p, adjusted=step, difference=difference)
    return PairCounts(
        a=table.a.name,
        b=table.b.name,
        both_right=table.both_right,
        only_a=table.only_a,
        only_b=table.only_b,
        both_wrong=table.n - table.both_right - table.only_a - table.only_b,
        unfinished=table.unfinished,
        neither_answered=table.neither_answered,
        other_unfinished=table.other_unfinished,
        mcnemar_p=p,
        adjusted_p=step.p,
        n_pairs=step.n_tests,
        difference=difference,
        verdict=verdict,
        constants=tuple(side.name for side in (table.a, table.b) if side.constant),
        sentence=sentence,
    )
