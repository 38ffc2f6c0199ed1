"""The frame of a study: asked once, stored under the spec, gone on from where a stop left it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from hypviz.errors import Stopped
from hypviz.records import Record
from hypviz.records.spec import Spec
from hypviz.store import Store
from hypviz.studies.frame import Sitting, Study
from tests.watching import Watcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Spec):
    up_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Record):
    reached: int
    goal: int


CALLS: list[int] = []


def measure(spec: Count, sitting: Sitting[Counted]) -> Counted:
    reached = sitting.part.reached if sitting.part is not None else 0
    CALLS.append(reached)
    while reached < spec.up_to and not sitting.work.is_stopped:
        reached += 1
        sitting.work.report(reached, spec.up_to)
    if not reached:
        raise Stopped("Stopped before the first.")
    return Counted(reached=reached, goal=spec.up_to)


STUDY: Study[Count, Counted] = Study(
    kind="counted",
    record=Counted,
    algorithm=1,
    measure=measure,
    libraries=lambda spec: ("numpy",),
    is_whole=lambda record: record.reached == record.goal,
)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    CALLS.clear()


def test_a_question_is_answered_once(tmp_path: Path) -> None:
    store, spec = Store(tmp_path), Count(up_to=3)
    first, second = STUDY.get(spec, store=store), STUDY.get(spec, store=store)
    assert (first.from_store, second.from_store, first.record, len(CALLS)) == (False, True, second.record, 1)
    assert first.key == second.key == STUDY.key(spec) and STUDY.stored(spec, store=store) == first.record


def test_what_a_stop_leaves_is_kept_and_gone_on_from(tmp_path: Path) -> None:
    store, spec = Store(tmp_path), Count(up_to=5)
    part = STUDY.get(spec, Watcher(stop_at=3), store=store)
    assert part.record.reached == 2 and part.key != STUDY.key(spec)
    assert STUDY.stored(spec, store=store) is None and STUDY.stored_part(spec, store=store) == part.record
    whole = STUDY.get(spec, store=store)
    assert (whole.record.reached, CALLS) == (5, [0, 2])
    assert STUDY.stored_part(spec, store=store) is None


def test_nothing_to_hand_back_is_a_stop(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="before the first"):
        STUDY.get(Count(up_to=3), Watcher(stop_at=1), store=Store(tmp_path))


def test_another_algorithm_or_spec_is_another_key() -> None:
    other: Study[Count, Counted] = Study(kind="counted", record=Counted, algorithm=2, measure=measure)
    assert len({STUDY.key(Count(up_to=3)), STUDY.key(Count(up_to=4)), other.key(Count(up_to=3))}) == 3
