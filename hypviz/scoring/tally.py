"""All that an evaluation counts, from its rows: columns, pairs, several seeds, single samples; by one rule.

In: the outcomes of every sample (one, where each problem was answered once), the columns' names and weights, and where they come from.
Out: a `Tally`, which `onto` writes over an `Evaluation`. It is the one way in which anything is counted, at first and again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from hypviz.records.answers import Answers
from hypviz.records.evaluations import ColumnScore, Evaluation, Majority, Outcome, PairCounts
from hypviz.records.samples import SinglesPair
from hypviz.records.seeds import Origin, SeedsVerdict
from hypviz.scoring.clusters import clusters
from hypviz.scoring.constants import majority
from hypviz.scoring.counts import score_columns
from hypviz.scoring.pairs import finished_pairs, other_pairs, pair_counts
from hypviz.scoring.seeds import over_seeds, seed_places, within_seeds
from hypviz.scoring.singles import single_pairs, single_shares
from hypviz.scoring.votes import Rounds, agreement, majority_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The counted fields of an `Evaluation`."""

    rule: str
    outcomes: tuple[Outcome, ...]
    columns: tuple[ColumnScore, ...]
    pairs: tuple[PairCounts, ...]
    other_pairs: dict[str, tuple[PairCounts, ...]]
    finished_pairs: tuple[PairCounts | None, ...]
    over_seeds: tuple[SeedsVerdict, ...]
    majority: Majority | None
    samples: int
    agreeing: tuple[tuple[int, ...], ...]
    single_pairs: tuple[SinglesPair, ...]
    n_clusters: int | None

    def onto(self, found: Evaluation) -> Evaluation:
        """The evaluation with these counts."""
        return dataclasses.replace(found, **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})


def tally(
    names: Sequence[str], columns: Sequence[Answers | ColumnScore], rounds: Rounds, rule: str, origins: Sequence[Origin] = ()
) -> Tally:
    """Everything by that rule; of `columns` weights and seconds are taken over."""
    several = len(rounds) > 1
    rows = majority_rows(rounds, rule) if several else tuple(dataclasses.replace(row, rule=rule) for row in rounds[0])
    places = seed_places(origins, names)
    which = within_seeds(places, len(names))
    scores = score_columns(names, columns, rows)
    if several:
        pairs = zip(scores, single_shares(rounds, rule), strict=True)
        scores = tuple(dataclasses.replace(score, singles=share) for score, share in pairs)
    constants = [score.answers_constant for score in scores]
    asked = [row.problem for row in rows]
    ids = clusters(asked)
    return Tally(
        rule=rule,
        outcomes=rows,
        columns=scores,
        pairs=pair_counts(names, rows, which),
        other_pairs=other_pairs(names, rows, which),
        finished_pairs=finished_pairs(names, rows, which),
        over_seeds=over_seeds(places, names, rows, constants),
        majority=majority(asked, rule),
        samples=len(rounds),
        agreeing=agreement(rounds, rule) if several else (),
        single_pairs=single_pairs(names, rounds, rule, which, constants),
        n_clusters=None if ids is None else int(ids.max()) + 1,
    )
