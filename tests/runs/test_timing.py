"""What the worker promises while it works, on a clock made up here, and what a reader makes of it."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.records.resources import MemoryPlan, RunPlan
from hypviz.studies.finetune.following import seconds_left
from hypviz.words.runs import time_taken
from hypviz.worker.timing import LOOK, Timing, is_look

PLAN = MemoryPlan(process_bytes=1, model_bytes=1, adapter_bytes=1, part_bytes=1, whole_bytes=4, free_bytes=9, parts=1, chosen=True)


class Clock:
    """Seconds since an epoch of its own."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def worked(spec, timing: Timing, clock: Clock, start: int = 0) -> float:
    """Work the run off, a second a part for LoRA, 1.5 for HypLoRA, .8 for a look; returns the time it ends."""
    for step in range(start, spec.steps):
        units = [(method, 1.0 + 0.5 * (method == "hyplora")) for _ in range(spec.accumulate) for method in spec.methods]
        units += [(LOOK, 0.8)] * (len(spec.methods) if is_look(step, spec) else 0)
        for kind, seconds in units:
            clock.now += seconds
            timing.note(kind, seconds, step)
    return clock.now


@pytest.mark.parametrize("start", [0, 37])
def test_every_promise_of_a_run_is_within_a_factor_of_two(spec, start: int) -> None:
    long, clock = dataclasses.replace(spec, steps=120, accumulate=2, probe_every=10), Clock()
    timing = Timing(long, start, clock)
    end = worked(long, timing, clock, start)
    early = [promise for promise in timing.promises if end - promise.at > 2.0]
    assert len(early) > 70 and early[0].step == start
    for promise in early:
        true = end - promise.at
        assert true / 2 <= promise.seconds_left <= 2 * true, promise
    assert timing.promises[-1].seconds_left == 0.0


def test_the_history_of_a_long_run_stays_short(spec) -> None:
    long, clock = dataclasses.replace(spec, steps=5000, probe_every=1000), Clock()
    timing = Timing(long, 0, clock)
    worked(long, timing, clock)
    assert 300 < len(timing.promises) <= 420


def test_a_reader_counts_down_what_was_promised_last(pair) -> None:
    record = pair.record
    last = dataclasses.replace(record.resources.promises[-1], seconds_left=40.0)
    told = dataclasses.replace(record, resources=dataclasses.replace(record.resources, promises=(last,)))
    assert seconds_left(told, last.at) == 40.0
    assert seconds_left(told, last.at + 15.0) == 25.0
    assert seconds_left(told, last.at + 100.0) == 0.0


def test_before_the_first_promise_the_plan_is_counted_down_and_without_one_nothing_is_said(pair) -> None:
    young = dataclasses.replace(pair.record, step=0, resources=None)
    assert seconds_left(young, young.started_at + 1.0) is None
    planned = dataclasses.replace(young, plan=RunPlan(memory=PLAN, seconds=60.0))
    assert seconds_left(planned, planned.started_at + 20.0) == pytest.approx(40.0)


def test_what_was_said_stands_beside_what_it_took(pair) -> None:
    record = dataclasses.replace(pair.record, started_at=100.0, ended_at=172.0, plan=RunPlan(memory=PLAN, seconds=60.0))
    assert time_taken(record) == "1 min 12 s; about 1 min were expected"
    assert time_taken(dataclasses.replace(record, plan=None)) == "1 min 12 s"
    assert time_taken(dataclasses.replace(record, state="stopped")) is None


def test_a_run_leaves_its_promises_and_the_size_of_its_process(pair, spec) -> None:
    found = pair.record.resources
    assert found.peak_bytes > 100_000_000 and "libraries" in found.peak_measured and found.free_bytes > 0
    assert found.all_logits_because is None
    assert [promise.step for promise in found.promises] == list(range(spec.steps + 1))
    assert found.promises[-1].seconds_left == 0.0
