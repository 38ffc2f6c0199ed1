"""The same spec on two processes, started by accelerate launch: the same batches, the same losses."""

from __future__ import annotations

import dataclasses
import time

import pytest

from hypviz import runs


@pytest.mark.slow
def test_two_processes_train_the_same_pair_as_one(pair, spec, problems):
    run_id = runs.create(dataclasses.replace(spec, processes=2), problems).run_id
    runs.start(run_id)
    end = time.monotonic() + 150
    while (record := runs.get(run_id)).is_active:
        assert time.monotonic() < end, runs.tail(run_id)
        time.sleep(0.2)
    assert record.state == "done", record.message
    metrics = runs.metrics(run_id)
    for member in record.members:
        assert metrics.curve(member.method).losses.tolist() == pytest.approx(pair.losses(member.method), rel=1e-4)
        alone = pair.record.member(member.method)
        assert member.peak_bytes < alone.peak_bytes  # each process holds half of the batch


def test_too_few_processes_are_a_sentence_not_another_training(train_here, spec, monkeypatch):
    monkeypatch.setattr("hypviz.worker.main._become_launcher", lambda *_: None)
    done = train_here(spec, processes=2)
    assert done.record.state == "failed" and "asks for 2 processes but 1 came together" in done.record.message


@pytest.mark.slow
def test_two_processes_that_get_ready_agree_to_stop(spec, problems):
    run_id = runs.create(dataclasses.replace(spec, processes=2), problems).run_id
    runs.start(run_id)
    end = time.monotonic() + 150
    while runs.get(run_id).state != "running":
        assert time.monotonic() < end, runs.tail(run_id)
        time.sleep(0.05)
    runs.stop(run_id)
    while (record := runs.get(run_id)).is_active:
        assert time.monotonic() < end, runs.tail(run_id)
        time.sleep(0.2)
    assert (record.state, record.step) == ("stopped", 0) and record.message.startswith("Stopped before the first step"), record.message
