"""Promises of time against what then happened, on clocks made up here: within a factor of 2 once a second of the work was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hypviz.statistics.pace import Pace, seconds_left
from hypviz.words.durations import duration, roughly

METHODS = ("lora", "hyplora")


def units(steps: int, parts: int, cost: Callable[[str, int], float]) -> Iterator[tuple[str, int, float]]:
    """(kind, step, seconds) of a made-up fine-tune with a look after the first and every tenth step."""
    for step in range(steps):
        for _ in range(parts):
            for method in METHODS:
                yield method, step, cost(method, step)
        if step == 0 or (step + 1) % 10 == 0:
            for _ in METHODS:
                yield "look", step, cost("look", step)


def promises(steps: int, parts: int, cost: Callable[[str, int], float]) -> list[tuple[float, float, float]]:
    """(now, promised, true) after every unit but the last."""
    done = list(units(steps, parts, cost))
    looks = sum(kind == "look" for kind, _, _ in done)
    pace = Pace({**dict.fromkeys(METHODS, steps * parts), "look": looks}, alike={"hyplora": ("lora", 1.2), "look": ("lora", 0.7)})
    whole, now, found = sum(seconds for _, _, seconds in done), 0.0, []
    for kind, _, seconds in done[:-1]:
        now += seconds
        pace.note(kind, seconds)
        left = pace.seconds_left()
        assert left is not None
        found.append((now, left, whole - now))
    return found


def steady(kind: str, step: int) -> float:
    return {"lora": 1.0, "hyplora": 1.4, "look": 0.9}[kind]


@pytest.mark.parametrize("parts", [1, 4])
def test_of_steady_work_every_promise_from_the_first_part_on_holds(parts: int) -> None:
    for now, promised, true in promises(40, parts, steady):
        assert true / 1.5 <= promised <= 1.5 * true, now


def test_a_first_step_that_pays_for_setting_up_is_forgotten_at_the_second() -> None:
    found = promises(100, 1, lambda kind, step: steady(kind, step) * (4.0 if step == 0 else 1.0))
    for now, promised, true in found[6:-4]:
        assert true / 2 <= promised <= 2 * true, now


@pytest.mark.parametrize("factor", [0.25, 3.0])
def test_a_machine_that_gets_busier_or_quieter_is_noticed_within_twenty_units(factor: float) -> None:
    found = promises(200, 1, lambda kind, step: steady(kind, step) * (factor if step >= 50 else 1.0))
    ends = [i for i, (kind, step, _) in enumerate(units(200, 1, steady)) if step == 71]
    for now, promised, true in found[ends[0] : -4]:
        assert true / 2 <= promised <= 2 * true, now


def test_before_anything_is_done_nothing_is_promised_and_at_the_end_nothing_is_left() -> None:
    pace = Pace({"lora": 2})
    assert pace.seconds_left() is None
    pace.note("lora", 3.0)
    assert pace.seconds_left() == pytest.approx(3.0)
    pace.note("lora", 2.0)
    assert pace.seconds_left() == 0.0


@pytest.mark.parametrize("guess", [6.0, 48.0, 400.0])
def test_after_a_second_of_reports_a_wrong_guess_is_forgotten(guess: float) -> None:
    whole, marks = 50.0, []
    for tick in range(1, 490):
        now = tick / 10
        marks.append((now, now / whole))
        left = seconds_left(guess, marks, now)
        if 1.0 <= now <= 49.0:
            assert left is not None and (whole - now) / 2 <= left <= 2 * (whole - now), now


@pytest.mark.parametrize("slower", [0.3, 3.0])
def test_reported_work_that_changes_its_pace_is_followed(slower: float) -> None:
    """Half of the work at one pace, half at another; judged from the time on that the new pace has lasted a third of the whole."""
    half = 20.0
    end = half + slower * half
    marks: list[tuple[float, float]] = []
    for tick in range(1, int(10 * end)):
        now = tick / 10
        share = 0.5 * min(1.0, now / half) + 0.5 * max(0.0, now - half) / (slower * half)
        marks.append((now, share))
        left = seconds_left(1.0, marks, now)
        if now > half + 0.45 * now and end - now > 1.0:
            assert left is not None and (end - now) / 2 <= left <= 2 * (end - now), (now, left)


def test_between_marks_the_time_left_is_counted_down() -> None:
    marks = [(10.0, 0.2)]
    assert seconds_left(50.0, marks, 10.0) == pytest.approx(40.0)
    assert seconds_left(50.0, marks, 20.0) == pytest.approx(30.0)
    assert seconds_left(50.0, marks, 60.0) is None
    assert seconds_left(50.0, [], 10.0) == pytest.approx(40.0)
    assert seconds_left(50.0, [(0.5, 0.02)], 0.5) == pytest.approx(49.5)  # too little done to judge by


@pytest.mark.parametrize("setting_up", [0.0, 3.0, 30.0])
def test_a_silent_beginning_is_not_taken_for_the_pace_of_the_work(setting_up: float) -> None:
    """Imports, or a model that is read, then ten seconds of work in steady reports; the first is of nothing done, or of a first bit."""
    for nothing_yet in (True, False):
        marks: list[tuple[float, float]] = [(setting_up, 0.0)] if nothing_yet else []
        for tick in range(1, 100):
            now = setting_up + tick / 10
            marks.append((now, tick / 100))
            left = seconds_left(15.0 + setting_up, marks, now)
            if tick <= 95:
                assert left is not None and left <= 2 * (10.0 - tick / 10), (now, left)
            if 11 <= tick <= 95:
                assert left is not None and left >= (10.0 - tick / 10) / 2, (now, left)


def test_estimates_are_written_no_finer_than_they_are_known() -> None:
    assert [roughly(s) for s in (2, 33, 58, 125, 1010, 3700, 5950, 7300)] == [
        "5 s",
        "35 s",
        "1 min",
        "2 min",
        "17 min",
        "1 h",
        "1 h 40 min",
        "2 h",
    ]
    assert [duration(s) for s in (8.2, 125, 3840)] == ["8 s", "2 min 5 s", "1 h 4 min"]
