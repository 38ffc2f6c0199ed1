"""Answers as the marking rules read them: one answer's mark, where two answers part, and the outcomes of a whole problem set.

In: texts, `Generation`s or `Answers`, and problems. Out: `Mark`s, and `Outcome` rows with those of every rule that marks such problems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from hypviz.errors import HypvizError
from hypviz.marking import DEFAULT, MarkingRule, rules_for
from hypviz.problems import answer_state
from hypviz.records.answers import Answers, FirstDifference, Generation, answer_part, is_cut
from hypviz.records.evaluations import Mark, Outcome
from hypviz.records.problems import Problem


def outcomes(problems: Sequence[Problem], answers: Sequence[Answers], rule: str = DEFAULT) -> tuple[Outcome, ...]:
    """One row per problem, the columns in the order given; `HypvizError` for a rule that does not mark such problems."""
    rules = rules_of(problems)
    require_rule(rule, rules)
    return tuple(_outcome(problem, answers, i, rules, rule) for i, problem in enumerate(problems))


def rules_of(problems: Sequence[Problem]) -> dict[str, MarkingRule]:
    """The rules that mark all these problems."""
    return rules_for(frozenset(problem.kind for problem in problems))


def require_rule(rule: str, rules: Mapping[str, MarkingRule]) -> None:
    """Raise `HypvizError` for a rule that is not among those that mark a set."""
    if rule not in rules:
        raise HypvizError(f"The marking rule {rule!r} does not mark this problem set; choose one of {', '.join(rules)}.")


def first_difference(generation: Generation, other: Generation) -> FirstDifference | None:
    """The first position at which the two answers have different tokens, or None if they are the same."""
    ours, theirs = generation.token_ids.tolist(), other.token_ids.tolist()
    if ours == theirs:
        return None
    index = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return FirstDifference(index=index, piece=_piece(generation, index), other=_piece(other, index))


def mark(text: str, ended: str, problem: Problem, rule: MarkingRule) -> Mark:
    """What the rule makes of a continuation that ended so; the new question of the model's own that ended it is no part of the answer."""
    said, cut = answer_part(text, ended), is_cut(ended)
    found = rule.read(said, problem, cut=cut)
    if found is None:
        return Mark(value=None, start=0, end=0, state=_state(text, ended, None, False), is_formal=rule.needs_form)
    right = rule.is_right(found.value, problem)
    return Mark(value=found.value, start=found.start, end=found.end, state=_state(text, ended, found.value, right))


def _piece(generation: Generation, index: int) -> str | None:
    return generation.pieces[index] if index < len(generation.pieces) else None


def _outcome(problem: Problem, answers: Sequence[Answers], i: int, rules: Mapping[str, MarkingRule], rule: str) -> Outcome:
    texts, ended = tuple(column.texts[i] for column in answers), tuple(column.ended[i] for column in answers)
    marks = {name: tuple(mark(text, end, problem, one) for text, end in zip(texts, ended, strict=True)) for name, one in rules.items()}
    return Outcome(problem=problem, texts=texts, ended=ended, rule=rule, marks=marks)


def _state(text: str, ended: str, value: Fraction | str | None, right: bool) -> str:
    return answer_state(answer_part(text, ended), value, right=right, cut=is_cut(ended))
