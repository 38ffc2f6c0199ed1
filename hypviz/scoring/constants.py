"""Constant answers: the best that always giving one number could reach, and which columns give one number to nearly every problem.

In: problems, or all answers as one rule reads them. Out: `Majority`, `ConstantAnswer`s, and each column's distance to the best constant.
A column that gives one number to nearly every problem solves none, however often that number is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from hypviz.problems import is_right
from hypviz.records.answers import RIGHT, ConstantAnswer, Majority, Outcome
from hypviz.records.problems import Problem
from hypviz.records.statistics import Interval
from hypviz.scoring.rules import Read
from hypviz.statistics.holm import holm
from hypviz.statistics.mcnemar import mcnemar_exact, paired_difference

NEARLY_ALL = 0.9  # of the problems: a column that gives one number to so many answers a constant
FEWEST_FOR_CONSTANT = 10


def majority(problems: Sequence[Problem] | Sequence[Outcome]) -> Majority:
    """The most frequent reference answer (the smallest of equals) and how often it is right."""
    answer = best_constant([problem.answer for problem in problems])
    correct = sum(is_right(answer, problem.answer) for problem in problems)
    return Majority(answer=answer, correct=correct, accuracy=correct / len(problems))


def best_constant(golds: Sequence[Fraction]) -> Fraction:
    """The reference answer that stands there most often, to three decimals (the smallest of equals); there must be one."""
    answer, _ = most_frequent(round(gold, 3) for gold in golds)
    assert answer is not None
    return answer


def most_frequent(values: Iterable[Fraction | None]) -> tuple[Fraction | None, int]:
    """The number that stands there most often (the smallest of equals) and how often; (None, 0) without any."""
    counts = Counter(value for value in values if value is not None)
    best = max(counts.values(), default=0)
    return min((value for value, count in counts.items() if count == best), default=None), best


def constant_answer(read: Read, k: int) -> ConstantAnswer | None:
    """The one number that column k gives to nearly all problems, where that is not the reference answer of nearly all of them."""
    n = len(read.golds)
    usual, n_usual = most_frequent(row[k] for row in read.found)
    if usual is None or n < FEWEST_FOR_CONSTANT or n_usual < NEARLY_ALL * n:
        return None
    if sum(read.is_right(usual, gold) for gold in read.golds) >= NEARLY_ALL * n:
        return None
    return ConstantAnswer(answer=usual, n_given=n_usual, n=n)


def against_constant(read: Read) -> tuple[Interval, ...]:
    """Each column's accuracy minus that of the best constant answer, at the level of its step among the columns (Holm)."""
    constant = best_constant(read.golds)
    right = [read.is_right(constant, gold) for gold in read.golds]
    counts: list[tuple[int, int]] = []
    for k in range(len(read.states[0])):
        pairs = Counter(zip(right, (states[k] == RIGHT for states in read.states), strict=True))
        counts.append((pairs[True, False], pairs[False, True]))
    steps = holm([mcnemar_exact(only_constant, only_column) for only_constant, only_column in counts])
    return tuple(paired_difference(a, b, len(right), step.level) for (a, b), step in zip(counts, steps, strict=True))
