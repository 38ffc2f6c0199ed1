"""From answers to counts: per column, per pair of columns, and for the best constant answer. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from hypviz.evaluate.verdict import judge
from hypviz.generate.prompts import answer_part, is_cut
from hypviz.problems import answer_state, is_right, is_right_carefully
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
from hypviz.statistics import mcnemar_exact, wilson_interval
from hypviz.statistics.paired_difference import paired_difference


def outcomes(problems: Sequence[Problem], answers: Sequence[Answers]) -> tuple[Outcome, ...]:
    """One row per problem, the columns in the order given."""
    return tuple(_outcome(problem, answers, i) for i, problem in enumerate(problems))


def score_columns(names: Sequence[str], answers: Sequence[Answers], rows: Sequence[Outcome]) -> tuple[ColumnScore, ...]:
    """Accuracy with its Wilson interval for each column."""
    scores = []
    for k, (name, column) in enumerate(zip(names, answers, strict=True)):
        states = Counter(row.states[k] for row in rows)
        correct, careful = states[RIGHT], sum(row.careful_states[k] == RIGHT for row in rows)
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
                one_by_one=column.one_by_one,
            )
        )
    return tuple(scores)


def read_differently(row: Outcome, k: int) -> bool:
    """Whether the rules find different numbers in column k's answer; one that both call unfinished has no number to differ about."""
    return row.found[k] != row.careful[k] and not row.states[k] == row.careful_states[k] == CUT


def pair_counts(names: Sequence[str], rows: Sequence[Outcome]) -> tuple[PairCounts, ...]:
    """Every two columns on the same problems by the paper's rule; the p-values are not adjusted for their number."""
    states = [row.states for row in rows]
    return tuple(_pair(names, i, j, states) for i, j in combinations(range(len(names)), 2))


def careful_pairs(names: Sequence[str], rows: Sequence[Outcome]) -> tuple[PairCounts, ...]:
    """As `pair_counts`, by careful reading."""
    states = [row.careful_states for row in rows]
    return tuple(_pair(names, i, j, states) for i, j in combinations(range(len(names)), 2))


def finished_pairs(names: Sequence[str], rows: Sequence[Outcome]) -> tuple[PairCounts | None, ...]:
    """As `pair_counts`, without the problems on which either column is unfinished; None where that is none or all of them.

    Leaving them out chooses problems by what the columns did, so this shows how much hangs on the limit; it is not the main count.
    """
    found: list[PairCounts | None] = []
    for i, j in combinations(range(len(names)), 2):
        kept = [row.states for row in rows if CUT not in (row.states[i], row.states[j])]
        found.append(_pair(names, i, j, kept) if 0 < len(kept) < len(rows) else None)
    return tuple(found)


def majority(problems: Sequence[Problem]) -> Majority:
    """The most frequent reference answer (the smallest of equals) and how often it is right."""
    counts = Counter(round(problem.answer, 3) for problem in problems)
    best = max(counts.values())
    answer = min(value for value, count in counts.items() if count == best)
    correct = sum(is_right(answer, problem.answer) for problem in problems)
    return Majority(answer=answer, correct=correct, accuracy=correct / len(problems))


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


def _pair(names: Sequence[str], i: int, j: int, rows: Sequence[tuple[str, ...]]) -> PairCounts:
    """Columns i and j over rows that hold every column's state."""
    a, b = names[i], names[j]
    pairs = [(states[i], states[j]) for states in rows]
    cells = Counter((one == RIGHT, other == RIGHT) for one, other in pairs)
    only_a, only_b = cells[True, False], cells[False, True]
    silent = (NO_NUMBER, NO_TEXT)
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
        unfinished=sum(CUT in pair and RIGHT not in pair for pair in pairs),
        neither_answered=sum(one in silent and other in silent for one, other in pairs),
        other_unfinished=sum(CUT in pair and RIGHT in pair for pair in pairs),
        mcnemar_p=p,
        difference=difference,
        verdict=verdict,
        sentence=sentence,
    )
