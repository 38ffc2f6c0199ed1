"""Progress and stop: stages add up, a stop reaches every stage, and a deadline is the caller's clock."""

from __future__ import annotations

import pytest

from hypviz.errors import Stopped
from hypviz.work import NOBODY, Deadline
from tests.watching import Watcher


def test_stages_of_stages_add_up_to_the_whole_and_never_go_back() -> None:
    watcher = Watcher()
    first, second = watcher.part(0.25, "reading"), watcher.part(0.75, "measuring")
    first.report(1, 2)
    first.report(2, 2)
    inner = second.part(0.5, "chance")
    inner.report(5, 10, "repeat 5")
    second.part(0.5).report(1, 1)
    assert watcher.shares == pytest.approx([0.125, 0.25, 0.25 + 0.75 * 0.25, 1.0])
    assert watcher.reports[2][2] == "measuring: chance: repeat 5"


def test_a_late_word_of_an_earlier_stage_takes_nothing_back() -> None:
    watcher = Watcher()
    first, second = watcher.part(0.5, "reading"), watcher.part(0.5, "measuring")
    second.report(1, 2)
    first.report(1, 2, "late")
    second.report(-3, 2)
    second.report(2, 2)
    assert watcher.shares == pytest.approx([0.75, 0.75, 0.75, 1.0])
    assert watcher.reports[1][2] == "reading: late"


def test_a_word_does_not_move_it() -> None:
    watcher = Watcher()
    watcher.part(0.5, "reading").report(1, 2)
    watcher.say("waiting for the model")
    assert watcher.reports[-1] == (0.25, 1.0, "waiting for the model")


def test_a_stage_of_nothing_is_done() -> None:
    watcher = Watcher()
    watcher.part(0.5).report(0, 0)
    assert watcher.shares == [0.5]


def test_more_than_the_whole_is_refused() -> None:
    watcher = Watcher()
    watcher.part(0.6)
    for share in (0.5, -0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="more than the whole"):
            watcher.part(share)
    watcher.part(0.4).report(1, 2)
    assert watcher.shares == pytest.approx([0.8]), "what is refused takes no share"


def test_a_stop_reaches_every_stage_but_not_what_is_finished_for_showing() -> None:
    watcher = Watcher(stop_at=2)
    stage = watcher.part(0.5).part(0.5)
    stage.check()
    with pytest.raises(Stopped):
        stage.check()
    watcher.unstoppable().check()
    assert watcher.is_stopped


def test_what_is_handed_out_reaches_whoever_watches() -> None:
    watcher = Watcher()
    watcher.part(0.1).hand_out("half")
    assert watcher.found == ["half"]


def test_nobody_hears_nothing_and_never_stops() -> None:
    NOBODY.part(1.0).report(1, 2, "x")
    NOBODY.part(1.0).part(1.0).report(1, 2, "x")
    NOBODY.check()
    assert not NOBODY.is_stopped


def test_a_deadline_counts_on_its_own_clock() -> None:
    now = [10.0]
    deadline = Deadline(2.0, clock=lambda: now[0])
    assert (deadline.left, deadline.is_over) == (2.0, False)
    now[0] = 12.5
    assert (deadline.spent, deadline.left, deadline.is_over) == (2.5, -0.5, True)
    assert not Deadline(None, clock=lambda: now[0]).is_over
