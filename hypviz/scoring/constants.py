"""Constant answers: the best that always giving one answer could reach, and which columns give one answer to nearly every problem.

In: problems, or all answers as one rule reads them. Out: `Majority`, `ConstantAnswer`s, and each column's distance to the best constant.
A column that gives one answer to nearly every problem solves none, however often that answer is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from hypviz.marking import DEFAULT, RULES, MarkingRule
from hypviz.records.answers import RIGHT
from hypviz.records.evaluations import ConstantAnswer, Majority, Mark, Outcome
from hypviz.records.problems import Problem, write_answer
from hypviz.records.statistics import Interval
from hypviz.scoring.clusters import clusters, paired
from hypviz.statistics.holm import holm

NEARLY_ALL = 0.9  # of the problems: a column that gives one answer to so many answers a constant
FEWEST_FOR_CONSTANT = 10
Value = Fraction | str


def majority(problems: Sequence[Problem], rule: str = DEFAULT) -> Majority | None:
    """The most frequent reference answer (the smallest of equals) and how often the rule finds it right; None as in `best_constant`."""
    answer = best_constant(problems)
    if answer is None:
        return None
    correct = sum(is_right_always(answer, problem, RULES[rule]) for problem in problems)
    return Majority(answer=answer, correct=correct, accuracy=correct / len(problems))


def best_constant(problems: Sequence[Problem]) -> Value | None:
    """The reference answer that stands there most often, numbers to three decimals (the smallest of equals).

    None where all differ: any of them is right once, so that none is the best.
    """
    golds = (round(problem.answer, 3) if isinstance(problem.answer, Fraction) else problem.answer for problem in problems)
    answer, n_times = most_frequent(golds)
    return answer if n_times > 1 else None


def is_right_always(answer: Value, problem: Problem, rule: MarkingRule) -> bool:
    """Whether a constant answer is right, which rules that compare texts know as its digits."""
    return rule.is_right(answer, problem) or (isinstance(answer, Fraction) and rule.is_right(write_answer(answer), problem))


def most_frequent(values: Iterable[Value | None]) -> tuple[Value | None, int]:
    """The answer that stands there most often (the smallest of equals) and how often; (None, 0) without any."""
    counts = Counter(value for value in values if value is not None)
    best = max(counts.values(), default=0)
    return min((value for value, count in counts.items() if count == best), default=None, key=_order), best


def _order(value: Value) -> tuple[bool, Fraction, str]:
    return (True, Fraction(0), value) if isinstance(value, str) else (False, value, "")


def marks_of(rows: Sequence[Outcome], rule: str, k: int) -> list[Mark]:
    """Of column k, in the order of the problems."""
    return [row.marks[rule][k] for row in rows]


def constant_answer(rows: Sequence[Outcome], rule: str, k: int) -> ConstantAnswer | None:
    """The one answer that column k gives to nearly all problems, where that is not the reference answer of nearly all of them."""
    n = len(rows)
    usual, n_usual = most_frequent(mark.value for mark in marks_of(rows, rule, k))
    if usual is None or n < FEWEST_FOR_CONSTANT or n_usual < NEARLY_ALL * n:
        return None
    if sum(is_right_always(usual, row.problem, RULES[rule]) for row in rows) >= NEARLY_ALL * n:
        return None
    return ConstantAnswer(answer=usual, n_given=n_usual, n=n)


def against_constant(rows: Sequence[Outcome], rule: str) -> tuple[Interval | None, ...]:
    """Each column's accuracy minus that of the best constant answer at the level of its step (Holm); None without one."""
    constant = best_constant([row.problem for row in rows])
    if constant is None:
        return (None,) * len(rows[0].texts)
    right = np.array([is_right_always(constant, row.problem, RULES[rule]) for row in rows])
    ids = clusters([row.problem for row in rows])
    columns = [np.array([mark.state == RIGHT for mark in marks_of(rows, rule, k)]) for k in range(len(rows[0].texts))]
    found = [paired(right & ~column, column & ~right, ids) for column in columns]
    steps = holm([each.p for each in found])
    return tuple(each.interval(step.level) for each, step in zip(found, steps, strict=True))
