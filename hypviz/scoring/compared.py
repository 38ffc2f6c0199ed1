"""Answers of several columns to one prompt as the marking rules read them, from their texts alone, and the steps that they are worked in.

In: a `Case` and `Generation`s. Out: an `Outcome` with the marks of every rule that marks such problems, made anew whenever it is asked for.
A prompt that is not marked is read all the same: its marks say READ where an answer was found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hypviz.marking import MarkingRule, Step, check_steps
from hypviz.records.answers import CUT, READ, RIGHT, WRONG, Generation, answer_part, is_cut
from hypviz.records.cases import Case
from hypviz.records.evaluations import Mark, Outcome
from hypviz.records.problems import NUMBER
from hypviz.scoring.rules import mark, require_rule, rules_of


def judged(case: Case, generations: Sequence[Generation], rule: str) -> Outcome:
    """What all rules make of the answers, in the order given; `HypvizError` for a `rule` that does not mark such problems."""
    rules = rules_of([case.problem])
    require_rule(rule, rules)
    return Outcome(
        problem=case.problem,
        texts=tuple(generation.text for generation in generations),
        ended=tuple(generation.ended for generation in generations),
        rule=rule,
        marks={name: tuple(_mark(generation, case, one) for generation in generations) for name, one in rules.items()},
    )


def worked_steps(outcome: Outcome, k: int) -> tuple[Step, ...]:
    """The equations of column k's answer up to what was read in it, of problems that a number answers."""
    if outcome.problem.kind != NUMBER:
        return ()
    said, mark = answer_part(outcome.texts[k], outcome.ended[k]), outcome.marks[outcome.rule][k]
    return check_steps(said if mark.value is None else said[: mark.end])


def _mark(generation: Generation, case: Case, rule: MarkingRule) -> Mark:
    found = mark(generation.text, generation.ended, case.problem, rule)
    if case.is_marked or found.state not in (RIGHT, WRONG):
        return found
    return dataclasses.replace(found, state=CUT if is_cut(generation.ended) else READ)
