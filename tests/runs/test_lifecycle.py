"""Real worker processes, kept in line by a held device so that they stay small: kill -9, zombies, double starts, stops, deletes."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import psutil
import pytest

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.records.runs import QUEUED, RunRecord
from hypviz.runs.folder import open_run, runs_root
from hypviz.runs.reading import damaged_runs
from hypviz.store.locks import Lock, try_lock


@pytest.fixture(autouse=True)
def busy_device() -> Iterator[Lock]:
    """The device is taken for the whole test, so workers wait in line and never load torch."""
    line = runs_root() / ".queue" / "cpu"
    line.mkdir(parents=True)
    held = try_lock(line / "device.lock")
    assert held is not None
    yield held
    for record in runs.list_runs():
        if record.is_active and record.pid:
            os.kill(record.pid, signal.SIGKILL)


def until(run_id: str, there: Callable[[RunRecord], bool], seconds: float = 20.0) -> RunRecord:
    end = time.monotonic() + seconds
    while not there(record := runs.get(run_id)):
        assert time.monotonic() < end, f"still {record.state}, {record.message}\n{runs.tail(run_id)}"
        time.sleep(0.05)
    return record


def started(spec, problems, **changes) -> RunRecord:
    run_id = runs.create(dataclasses.replace(spec, **changes), problems).run_id
    runs.start(run_id)
    return until(run_id, lambda record: record.pid is not None)


def test_a_created_run_is_whole_and_waits(spec, problems):
    record = runs.create(spec, problems)
    assert (record.state, record.spec, record.n_problems) == (QUEUED, spec, 20)
    assert [m.method for m in record.members] == ["lora", "hyplora"]
    assert [r.run_id for r in runs.list_runs()] == [record.run_id]


def test_start_pressed_twice_is_one_run_and_one_worker(spec, problems):
    first = started(spec, problems)
    second = runs.start(runs.create(spec, problems).run_id)
    assert second.run_id == first.run_id
    assert len(runs.list_runs()) == 1
    assert second.pid == first.pid and psutil.pid_exists(first.pid)
    other = runs.create(dataclasses.replace(spec, seed=9), problems)
    assert other.run_id != first.run_id


def test_the_worker_is_in_its_own_session_and_light_while_it_waits(spec, problems):
    record = started(spec, problems)
    assert os.getsid(record.pid) == record.pid != os.getsid(0)
    assert not any("libtorch" in m.path for m in psutil.Process(record.pid).memory_maps())


def test_a_worker_killed_in_line_is_lost_even_while_its_zombie_stands(spec, problems, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("hypviz.runs.launch.threading.Thread", lambda **_: SimpleNamespace(start=lambda: None))  # nobody reaps the child
        record = started(spec, problems)
    os.kill(record.pid, signal.SIGKILL)
    lost = until(record.run_id, lambda r: not r.is_active)
    assert lost.state == "lost" and "before its first step" in lost.message
    assert psutil.Process(record.pid).status() == psutil.STATUS_ZOMBIE
    os.waitpid(record.pid, 0)


def test_a_living_process_with_the_same_pid_is_no_worker(spec, problems):
    folder = open_run(runs.create(spec, problems).run_id)
    status = folder.read_status()
    folder.write_status(dataclasses.replace(status, state="running", pid=os.getpid(), step=3))
    record = runs.get(folder.run_id)
    assert record.state == "lost" and "after step 3" in record.message


def test_the_log_of_a_lost_run_is_shown_from_its_end(spec, problems):
    record = started(spec, problems)
    with open(open_run(record.run_id).log, "a", encoding="utf-8") as log:
        log.write("\n".join(f"line {i}" for i in range(100)))
    os.kill(record.pid, signal.SIGKILL)
    lost = until(record.run_id, lambda r: r.state == "lost")
    assert lost.log_tail.endswith("line 99") and "line 70" in lost.log_tail and "line 60" not in lost.log_tail


def test_nothing_depends_on_the_server(spec, problems):
    record = runs.create(spec, problems)
    code = f"import time; from hypviz import runs; runs.start({record.run_id!r}); time.sleep(60)"
    server = subprocess.Popen([sys.executable, "-c", code])
    waiting = until(record.run_id, lambda r: r.pid is not None)
    server.kill()
    server.wait()
    still = until(record.run_id, lambda r: r.heartbeat_at > waiting.heartbeat_at)
    assert still.state == QUEUED and still.pid == waiting.pid


def test_a_queued_run_can_be_stopped_and_started_again(spec, problems):
    record = started(spec, problems)
    assert record.queue_position == 1
    runs.stop(record.run_id)
    stopped = until(record.run_id, lambda r: not r.is_active)
    assert (stopped.state, stopped.message) == ("stopped", "Taken out of the line before it started.")
    with pytest.raises(HypvizError, match="nothing to stop"):
        runs.stop(record.run_id)
    runs.resume(record.run_id)
    again = until(record.run_id, lambda r: r.pid not in (None, record.pid))
    assert again.state == QUEUED
    assert runs.resume(record.run_id).pid == again.pid  # pressed twice


def test_sigterm_stops_like_the_button(spec, problems):
    record = started(spec, problems)
    until(record.run_id, lambda r: r.heartbeat_at > record.heartbeat_at)  # a worker whose heart beats listens
    os.kill(record.pid, signal.SIGTERM)
    assert until(record.run_id, lambda r: not r.is_active).state == "stopped"


def test_a_second_worker_on_the_same_folder_gives_way(spec, problems):
    record = started(spec, problems)
    done = subprocess.run([sys.executable, "-m", "hypviz.worker", record.folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "already has a worker" in done.stderr
    assert runs.get(record.run_id).pid == record.pid


def test_deleting_refuses_what_lives_and_removes_what_does_not(spec, problems):
    record = started(spec, problems)
    with pytest.raises(HypvizError, match="stop it before deleting"):
        runs.delete(record.run_id)
    runs.stop(record.run_id)
    until(record.run_id, lambda r: not r.is_active)
    runs.delete(record.run_id)
    assert runs.list_runs() == ()
    assert not list(runs_root().glob(".deleted-*"))
    with pytest.raises(HypvizError, match="There is no run"):
        runs.get(record.run_id)


@pytest.mark.parametrize("run_id", ["", "nothing", "../runs", ".queue"])
def test_an_unknown_run_is_one_sentence(run_id):
    with pytest.raises(HypvizError, match="There is no run"):
        runs.get(run_id)


def test_a_damaged_run_is_named_and_hides_no_other(spec, problems):
    good = runs.create(spec, problems)
    bad = runs.create(dataclasses.replace(spec, seed=5), problems)
    (open_run(bad.run_id).path / "status.json").write_bytes(b"\xff{")
    assert [r.run_id for r in runs.list_runs()] == [good.run_id]
    (sentence,) = damaged_runs()
    assert bad.run_id in sentence and "status.json" in sentence
    (open_run(bad.run_id).path / "status.json").write_text("{}")
    assert len(damaged_runs()) == 1


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"steps": 0}, "steps must be a whole number from 1"),
        ({"steps": 10**23}, "steps must be a whole number from 1 to 1,000,000"),
        ({"batch": 10**11}, "batch must be a whole number from 1 to 4,096"),
        ({"batch": 4096, "steps": 10**6}, "are more than the 100,000,000"),
        ({"rank": -2}, "rank"),
        ({"lr": float("nan")}, "lr must be a number above 0"),
        ({"c": 0.0}, "c must be a number above 0"),
        ({"alpha": -1.0}, "alpha"),
        ({"methods": ("lora", "dora")}, "no method 'dora'"),
        ({"methods": ("lora", "lora")}, "each once"),
        ({"methods": ()}, "methods are none"),
        ({"targets": ()}, "at least one target"),
        ({"radius": "huge"}, "no radius 'huge'"),
        ({"precision": "int8"}, "no precision"),
        ({"device": "tpu"}, "no device"),
        ({"batch": 6, "accumulate": 4}, "cannot be cut into 4"),
        ({"warmup": 6}, "warm-up of 6"),
        ({"seed": 2**70}, "seed"),
        ({"rank": 10**8}, "rank must be a whole number from 1 to 65,536"),
        ({"processes": 10**6}, "processes must be a whole number from 1 to 256"),
        ({"max_tokens": 10**9}, "max_tokens must be a whole number from 8 to 1,048,576"),
        ({"accumulate": 10**9}, "accumulate must be a whole number from 1 to 4,096"),
        ({"warmup": 10**23}, "warmup must be a whole number from 0 to 1,000,000"),
        ({"lr": 1e31}, "lr must be a number above 0"),
        ({"lora_beyond": 1e19}, "lora_beyond must be a number above 0"),
    ],
)
def test_a_spec_that_cannot_run_is_refused_before_anything_is_written(spec, problems, changes, words):
    with pytest.raises(HypvizError, match=words) as caught:
        runs.create(dataclasses.replace(spec, **changes), problems)
    assert str(caught.value).count("\n") == 0
    assert runs.list_runs() == () and not list(runs_root().glob(".partial-*"))


def test_no_problems_are_refused(spec, problems):
    with pytest.raises(HypvizError, match="no problems to train on"):
        runs.create(spec, dataclasses.replace(problems, problems=()))
