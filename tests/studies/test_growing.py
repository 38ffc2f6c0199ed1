"""Records that grow: a part is kept, gone on from, never taken for the whole, and deleted once the whole is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.records import Record
from hypviz.store import Store
from hypviz.studies.growing import load_or_grow


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers(Record):
    """Some of five numbers."""

    values: np.ndarray


class Work:
    """Adds one number after the other, up to `stop_at`; remembers what it began with."""

    def __init__(self, stop_at: int) -> None:
        self.stop_at = stop_at
        self.began: list[int] = []

    def __call__(self, part: Numbers | None) -> Numbers:
        values = [] if part is None else part.values.tolist()
        self.began.append(len(values))
        values += list(range(len(values), self.stop_at))
        if not values:
            raise Stopped("Nothing yet.")
        return Numbers(values=np.array(values))


def grown(work: Work, spec: str = "a"):
    return load_or_grow(Store(), "numbers", {"of": spec}, Numbers, work, is_whole=lambda record: record.values.size == 5)


def test_a_part_is_gone_on_from_and_the_whole_answers_from_then_on():
    first, second, third = Work(2), Work(4), Work(5)
    assert grown(first).record.values.tolist() == [0, 1]
    assert grown(second).record.values.tolist() == [0, 1, 2, 3]
    whole = grown(third)
    assert whole.record.values.tolist() == [0, 1, 2, 3, 4] and not whole.from_store
    assert (first.began, second.began, third.began) == ([0], [2], [4])
    unasked = Work(0)
    assert grown(unasked).from_store and unasked.began == []
    assert len(list(Store().root.rglob("meta.json"))) == 1  # the part has gone


def test_parts_of_different_questions_are_kept_apart():
    grown(Work(3), "a")
    other = Work(1)
    assert grown(other, "b").record.values.tolist() == [0] and other.began == [0]


def test_a_part_is_never_the_answer():
    part = grown(Work(3))
    assert not part.from_store
    again = Work(3)
    assert not grown(again).from_store and again.began == [3]


def test_a_stop_before_anything_keeps_nothing():
    with pytest.raises(Stopped):
        grown(Work(0))
    assert not list(Store().root.rglob("meta.json"))


def test_a_damaged_part_is_set_aside_and_begun_again():
    grown(Work(3))
    (meta,) = Store().root.rglob("meta.json")
    meta.write_text("{", encoding="utf-8")
    again = Work(5)
    assert grown(again).record.values.size == 5 and again.began == [0]
