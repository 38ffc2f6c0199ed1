"""Answers of an evaluation that is under way, kept every few seconds, so that a stop or a crash loses little more than one batch.

They lie under the question that the whole column's answers will lie under, and are deleted once these are there.
"""

from __future__ import annotations

import numpy as np

from hypviz.generate.answering import LIBRARIES
from hypviz.generate.problem_sets import Written, WrittenText
from hypviz.records.specs.answers import AnswersSpec
from hypviz.records.unfinished import UnfinishedAnswers
from hypviz.store import Store
from hypviz.studies.frame import Shelf

UNFINISHED: Shelf[AnswersSpec, UnfinishedAnswers] = Shelf(
    kind="unfinished-evaluations", record=UnfinishedAnswers, algorithm=1, libraries=lambda spec: LIBRARIES
)


def left(spec: AnswersSpec, n_prompts: int, store: Store) -> Written:
    """What was written of the column before, nothing if nothing was; answers at places beyond `n_prompts` are none of these."""
    found = UNFINISHED.stored(spec, store=store)
    if found is None or any(place >= n_prompts for place in found.places.tolist()):
        return Written()
    rows = zip(found.places.tolist(), found.texts, found.ended, found.n_tokens.tolist(), strict=True)
    answers = {place: WrittenText(text=text, ended=ended, n_tokens=n) for place, text, ended, n in rows}
    return Written(answers=answers, seconds=found.seconds)


def keep(spec: AnswersSpec, column: Written, store: Store) -> str | None:
    """Keep what is written, in the place of what was kept before; the sentence says if that was not possible."""
    places = sorted(column.answers)
    rows = [column.answers[place] for place in places]
    record = UnfinishedAnswers(
        places=np.array(places, dtype=np.int64),
        texts=tuple(row.text for row in rows),
        ended=tuple(row.ended for row in rows),
        n_tokens=np.array([row.n_tokens for row in rows], dtype=np.int64),
        seconds=column.seconds,
    )
    return store.put(UNFINISHED.kind, UNFINISHED.identity(spec), record)


def forget(spec: AnswersSpec, store: Store) -> None:
    """Delete what was kept of a column that is whole now."""
    store.discard(UNFINISHED.kind, UNFINISHED.identity(spec))
