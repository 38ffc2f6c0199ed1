"""An evaluation counted again by another marking rule, from its rows alone: nothing is asked again, and no other file is read.

In: an `Evaluation`. Out: the one that the rule makes of the same answers. The marks of every rule stand in the rows, and
`mark_again` makes them anew from the texts.
"""

from __future__ import annotations

import dataclasses

from hypviz.marking import RULES
from hypviz.records.evaluations import Evaluation, Outcome
from hypviz.scoring.constants import majority
from hypviz.scoring.counts import score_columns
from hypviz.scoring.pairs import finished_pairs, other_pairs, pair_counts
from hypviz.scoring.rules import mark, require_rule
from hypviz.scoring.seeds import over_seeds, seed_places


def recount(found: Evaluation, rule: str) -> Evaluation:
    """The evaluation by that rule; `HypvizError` for one that does not mark such problems."""
    require_rule(rule, {name: RULES[name] for name in found.rules})
    if rule == found.rule:
        return found
    names = [score.name for score in found.columns]
    rows = tuple(dataclasses.replace(row, rule=rule) for row in found.outcomes)
    which = [(names.index(pair.a), names.index(pair.b)) for pair in found.pairs]
    scores = score_columns(names, found.columns, rows)
    constants = [score.answers_constant for score in scores]
    return dataclasses.replace(
        found,
        rule=rule,
        outcomes=rows,
        columns=scores,
        pairs=pair_counts(names, rows, which),
        other_pairs=other_pairs(names, rows, which),
        finished_pairs=finished_pairs(names, rows, which),
        over_seeds=over_seeds(seed_places(found.origins, names), names, rows, constants),
        majority=majority([row.problem for row in rows], rule),
    )


def mark_again(row: Outcome) -> Outcome:
    """The row with its marks made anew from the texts of its answers."""
    marks = {
        name: tuple(mark(text, ended, row.problem, RULES[name]) for text, ended in zip(row.texts, row.ended, strict=True))
        for name in row.marks
    }
    return dataclasses.replace(row, marks=marks)
