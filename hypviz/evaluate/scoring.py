"""From answers to counts: per column, per pair of columns, and for the best constant answer. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from hypviz.evaluate.verdict import judge
from hypviz.problems import is_right
from hypviz.records.answers import TOKEN_LIMIT, Answers, ColumnScore, Majority, Outcome, PairCounts
from hypviz.records.problems import Problem
from hypviz.statistics import mcnemar_exact, wilson_interval
from hypviz.statistics.paired_difference import paired_difference


def outcomes(problems: Sequence[Problem], answers: Sequence[Answers]) -> tuple[Outcome, ...]:
    """One row per problem, the columns in the order given."""
    return tuple(
        Outcome(
            question=problem.question,
            answer=problem.answer,
            skill=problem.skill,
            texts=tuple(column.texts[i] for column in answers),
            found=tuple(column.found[i] for column in answers),
            right=tuple(is_right(column.found[i], problem.answer) for column in answers),
        )
        for i, problem in enumerate(problems)
    )


def score_columns(names: Sequence[str], answers: Sequence[Answers], rows: Sequence[Outcome]) -> tuple[ColumnScore, ...]:
    """Accuracy with its Wilson interval for each column."""
    scores = []
    for k, (name, column) in enumerate(zip(names, answers, strict=True)):
        correct = sum(row.right[k] for row in rows)
        scores.append(
            ColumnScore(
                name=name,
                weights=column.weights,
                n=len(rows),
                correct=correct,
                accuracy=wilson_interval(correct, len(rows)),
                no_answer=sum(row.found[k] is None for row in rows),
                n_cut=sum(column.ended[i] == TOKEN_LIMIT for i in range(len(rows))),
                seconds=column.seconds,
                one_by_one=column.one_by_one,
            )
        )
    return tuple(scores)


def pair_counts(names: Sequence[str], rows: Sequence[Outcome]) -> tuple[PairCounts, ...]:
    """Every two columns on the same problems; the p-values are not adjusted for their number."""
    return tuple(_pair(names[i], names[j], i, j, rows) for i, j in combinations(range(len(names)), 2))


def majority(problems: Sequence[Problem]) -> Majority:
    """The most frequent reference answer (the smallest of equals) and how often it is right."""
    counts = Counter(round(problem.answer, 3) for problem in problems)
    best = max(counts.values())
    answer = min(value for value, count in counts.items() if count == best)
    correct = sum(is_right(answer, problem.answer) for problem in problems)
    return Majority(answer=answer, correct=correct, accuracy=correct / len(problems))


def _pair(a: str, b: str, i: int, j: int, rows: Sequence[Outcome]) -> PairCounts:
    cells = Counter((row.right[i], row.right[j]) for row in rows)
    only_a, only_b = cells[True, False], cells[False, True]
    difference = paired_difference(only_a, only_b, len(rows))
    p = mcnemar_exact(only_a, only_b)
    verdict, sentence = judge(a, b, only_a=only_a, only_b=only_b, p=p, difference=difference)
    return PairCounts(
        a=a,
        b=b,
        both_right=cells[True, True],
        only_a=only_a,
        only_b=only_b,
        both_wrong=cells[False, False],
        neither_answered=sum(row.found[i] is None and row.found[j] is None for row in rows),
        mcnemar_p=p,
        difference=difference,
        verdict=verdict,
        sentence=sentence,
    )
