"""From outcomes to counts column by column: what became of the answers, the accuracy, and how it stands to a constant answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, TOKEN_LIMIT, WRONG, Answers
from hypviz.records.evaluations import ColumnScore, Outcome
from hypviz.records.statistics import Interval
from hypviz.scoring.constants import against_constant, constant_answer, marks_of, most_frequent
from hypviz.statistics import wilson_interval


def score_columns(names: Sequence[str], answers: Sequence[Answers | ColumnScore], rows: Sequence[Outcome]) -> tuple[ColumnScore, ...]:
    """Accuracy by the rows' rule with its Wilson interval for each column, and how it stands to the best constant answer.

    Of `answers` weights and seconds are taken over.
    """
    rule = rows[0].rule
    return tuple(
        _score(name, column, rows, k, over, constant_answer(rows, rule, k) is not None)
        for k, (name, column, over) in enumerate(zip(names, answers, against_constant(rows, rule), strict=True))
    )


def _score(name: str, column: Answers | ColumnScore, rows: Sequence[Outcome], k: int, over: Interval, is_constant: bool) -> ColumnScore:
    states, n = Counter(row.states[k] for row in rows), len(rows)
    correct = states[RIGHT]
    usual, n_usual = most_frequent(row.found[k] for row in rows)
    return ColumnScore(
        name=name,
        weights=column.weights,
        n=n,
        correct=correct,
        accuracy=wilson_interval(correct, n),
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
        answers_constant=is_constant,
        over_constant=over,
        beats_constant=over.low > 0,
        one_by_one=column.one_by_one,
    )
