"""From outcomes to counts column by column: what became of the answers, the accuracy, and how it stands to a constant answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, TOKEN_LIMIT, WRONG, Answers
from hypviz.records.evaluations import ColumnScore, Outcome
from hypviz.records.statistics import Interval
from hypviz.scoring.clusters import by_cluster, clusters
from hypviz.scoring.constants import against_constant, constant_answer, marks_of, most_frequent
from hypviz.statistics import wilson_interval
from hypviz.statistics.clusters import clustered_share


def score_columns(names: Sequence[str], answers: Sequence[Answers | ColumnScore], rows: Sequence[Outcome]) -> tuple[ColumnScore, ...]:
    """Accuracy by the rows' rule with its interval for each column (Wilson's; over clusters where problems are not independent), and how it
    stands to the best constant answer.

    Of `answers` weights and seconds are taken over.
    """
    rule, ids = rows[0].rule, clusters([row.problem for row in rows])
    return tuple(
        _score(name, column, rows, k, over, ids)
        for k, (name, column, over) in enumerate(zip(names, answers, against_constant(rows, rule), strict=True))
    )


def _accuracy(rows: Sequence[Outcome], k: int, ids: np.ndarray | None) -> Interval:
    right = np.array([row.right[k] for row in rows], dtype=np.float64)
    return wilson_interval(int(right.sum()), len(rows)) if ids is None else clustered_share(*by_cluster(right, ids))


def _score(
    name: str, column: Answers | ColumnScore, rows: Sequence[Outcome], k: int, over: Interval | None, ids: np.ndarray | None
) -> ColumnScore:
    states, n = Counter(row.states[k] for row in rows), len(rows)
    correct = states[RIGHT]
    usual, n_usual = most_frequent(row.found[k] for row in rows)
    return ColumnScore(
        name=name,
        weights=column.weights,
        n=n,
        correct=correct,
        accuracy=_accuracy(rows, k, ids),
        wrong=states[WRONG],
        unfinished=states[CUT],
        no_answer=states[NO_NUMBER],
        no_text=states[NO_TEXT],
        n_cut=sum(row.ended[k] == TOKEN_LIMIT for row in rows),
        by_rule={name: sum(mark.state == RIGHT for mark in marks_of(rows, name, k)) for name in rows[0].marks},
        n_read_differently=sum(row.is_read_differently(k) for row in rows),
        n_judged_differently=sum(row.hangs(k) for row in rows),
        seconds=column.seconds,
        usual=usual,
        n_usual=n_usual,
        answers_constant=constant_answer(rows, rows[0].rule, k) is not None,
        over_constant=over,
        beats_constant=over is not None and over.low > 0,
        one_by_one=column.one_by_one,
    )
