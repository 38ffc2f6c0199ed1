"""Answers as the two rules read them: one answer's states, where two answers part, and the outcomes of a whole problem set.

In: `Generation`s or `Answers` with the numbers found by each rule, and reference answers. Out: states (of `records.answers.STATES`) and
`Outcome` rows. The paper's rule takes the last number (arXiv 2410.04010v2, section 5); careful reading is counted beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypviz.problems import answer_state, is_right, is_right_carefully
from hypviz.records.answers import Answers, FirstDifference, Generation, Outcome, answer_part, is_cut
from hypviz.records.problems import Problem

Judge = Callable[[Fraction | None, Fraction], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """All answers as one rule reads them: the reference answers, and per problem every column's number and state."""

    golds: tuple[Fraction, ...]
    found: tuple[tuple[Fraction | None, ...], ...]
    states: tuple[tuple[str, ...], ...]
    is_right: Judge


def outcomes(problems: Sequence[Problem], answers: Sequence[Answers]) -> tuple[Outcome, ...]:
    """One row per problem, the columns in the order given."""
    return tuple(_outcome(problem, answers, i) for i, problem in enumerate(problems))


def by_paper(rows: Sequence[Outcome]) -> Read:
    """By the last number of each answer."""
    golds, found, states = (row.answer for row in rows), (row.found for row in rows), (row.states for row in rows)
    return Read(golds=tuple(golds), found=tuple(found), states=tuple(states), is_right=is_right)


def carefully(rows: Sequence[Outcome]) -> Read:
    """By careful reading."""
    golds, found, states = (row.answer for row in rows), (row.careful for row in rows), (row.careful_states for row in rows)
    return Read(golds=tuple(golds), found=tuple(found), states=tuple(states), is_right=is_right_carefully)


def answer_states(generation: Generation, expected: Fraction) -> tuple[str, str]:
    """What became of one answer (one of STATES) by the paper's rule and by careful reading."""
    return (
        _state(generation.text, generation.ended, generation.answer, expected, is_right),
        _state(generation.text, generation.ended, generation.careful, expected, is_right_carefully),
    )


def first_difference(generation: Generation, other: Generation) -> FirstDifference | None:
    """The first position at which the two answers have different tokens, or None if they are the same."""
    ours, theirs = generation.token_ids.tolist(), other.token_ids.tolist()
    if ours == theirs:
        return None
    index = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return FirstDifference(index=index, piece=_piece(generation, index), other=_piece(other, index))


def _piece(generation: Generation, index: int) -> str | None:
    return generation.pieces[index] if index < len(generation.pieces) else None


def _outcome(problem: Problem, answers: Sequence[Answers], i: int) -> Outcome:
    found, careful = tuple(column.found[i] for column in answers), tuple(column.careful[i] for column in answers)
    texts, ended = tuple(column.texts[i] for column in answers), tuple(column.ended[i] for column in answers)

    def states(numbers: Sequence[Fraction | None], judge: Judge) -> tuple[str, ...]:
        return tuple(_state(text, end, value, problem.answer, judge) for text, end, value in zip(texts, ended, numbers, strict=True))

    return Outcome(
        question=problem.question,
        answer=problem.answer,
        skill=problem.skill,
        texts=texts,
        ended=ended,
        found=found,
        states=states(found, is_right),
        careful=careful,
        careful_states=states(careful, is_right_carefully),
    )


def _state(text: str, ended: str, value: Fraction | None, gold: Fraction, judge: Judge) -> str:
    return answer_state(answer_part(text), value, right=judge(value, gold), cut=is_cut(text, ended))
