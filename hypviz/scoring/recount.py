"""An evaluation counted again by another marking rule, from its rows alone: nothing is asked again, and no other file is read.

In: an `Evaluation`. Out: the one that the rule makes of the same answers; of several samples a majority is taken anew, of what this rule
reads. The marks of every rule stand in the rows, and `mark_again` makes them anew from the texts.
"""

from __future__ import annotations

import dataclasses

from hypviz.marking import RULES
from hypviz.records.evaluations import Evaluation, Outcome
from hypviz.scoring.rules import mark, require_rule
from hypviz.scoring.tally import tally


def recount(found: Evaluation, rule: str) -> Evaluation:
    """The evaluation by that rule; `HypvizError` for one that does not mark such problems."""
    require_rule(rule, {name: RULES[name] for name in found.rules})
    return found if rule == found.rule else counted_again(found, rule)


def counted_again(found: Evaluation, rule: str) -> Evaluation:
    """Everything counted from the rows, or from those of every sample."""
    names = [score.name for score in found.columns]
    return tally(names, found.columns, found.rounds or (found.outcomes,), rule, found.origins).onto(found)


def mark_again(row: Outcome) -> Outcome:
    """The row of one sample with its marks made anew from the texts of its answers."""
    marks = {
        name: tuple(mark(text, ended, row.problem, RULES[name]) for text, ended in zip(row.texts, row.ended, strict=True))
        for name in row.marks
    }
    return dataclasses.replace(row, marks=marks)
