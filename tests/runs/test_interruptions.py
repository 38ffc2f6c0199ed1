"""Training that is stopped, killed or runs into a wall: what is kept, what is said, and going on bit for bit."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from hypviz import runs
from hypviz.hyplora import load_adapter
from hypviz.hyplora.names import former_name
from hypviz.models import load_model, resolve
from hypviz.runs.curves import append
from hypviz.runs.folder import open_run
from hypviz.work import Work
from hypviz.worker.main import train_to_the_end
from hypviz.worker.report import Report
from tests.runs.conftest import work_off


@pytest.fixture
def stop_at(monkeypatch) -> Callable[[int], None]:
    """``stop_at(step)``: whichever run works here, Stop is pressed while this step is being written down."""

    def press(step: int) -> None:
        def append_and_press(path: Path, row: dict[str, Any]) -> None:
            append(path, row)
            if row["step"] == step:
                path.with_name("stop").touch()

        monkeypatch.setattr("hypviz.worker.report.append", append_and_press)

    return press


@pytest.mark.parametrize("version", ["this one", "an earlier one"])
def test_stop_keeps_loadable_adapters_and_resume_goes_on_bit_for_bit(train_here, spec, problems, stop_at, version):
    long = dataclasses.replace(spec, steps=8)
    whole = train_here(long)
    run_id = runs.create(dataclasses.replace(long, checkpoint_seconds=500.0), problems).run_id
    stop_at(3)
    stopped = work_off(run_id).record
    assert (stopped.state, stopped.step) == ("stopped", 3) and "step 3 of 8" in stopped.message
    for member in stopped.members:
        assert member.steps == member.adapter_steps == stopped.step
        load_adapter(load_model(spec.base), member.method, member.adapter, base_fingerprint=spec.base.fingerprint)
    open_run(run_id).stop_flag.unlink()
    if version == "an earlier one":  # whose names of the geometry had no last part
        path = open_run(run_id).checkpoint / "hyplora.safetensors"
        tensors = load_file(path)
        former = {former_name(name): tensor for name, tensor in tensors.items()}
        assert former.keys() != tensors.keys()
        save_file(former, path)
    resumed = work_off(run_id)
    assert (resumed.record.state, resumed.record.step) == ("done", 8)
    for method in spec.methods:
        assert resumed.losses(method) == whole.losses(method)
    assert resumed.fingerprints() == whole.fingerprints()
    assert [m.last_loss for m in resumed.record.members] == [m.last_loss for m in whole.record.members]


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_reported_and_the_run_goes_on(spec, problems, stop_at):
    long = dataclasses.replace(spec, methods=("hyplora",), steps=400, checkpoint_seconds=0.5)
    run_id = runs.create(long, problems).run_id
    runs.start(run_id)
    end = time.monotonic() + 120
    while (record := runs.get(run_id)).step < 5 or not open_run(run_id).checkpoint.is_dir():
        assert time.monotonic() < end and record.is_active, (record.state, record.message, runs.tail(run_id))
        time.sleep(0.05)
    reported = runs.metrics(run_id).curve("hyplora").losses.tolist()
    os.killpg(record.pid, signal.SIGKILL)
    while (lost := runs.get(run_id)).is_active:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert lost.state == "lost" and "killed" in lost.message and "training" in lost.log_tail
    assert runs.metrics(run_id).curve("hyplora").losses.tolist()[: len(reported)] == reported
    assert lost.step >= record.step and lost.checkpoint_step > 0
    for member in lost.members:
        load_adapter(load_model(spec.base), member.method, member.adapter, base_fingerprint=spec.base.fingerprint)
    assert lost.checkpoint_step == lost.members[0].adapter_steps
    last = lost.checkpoint_step + 2
    stop_at(last)
    resumed = work_off(run_id)
    assert (resumed.record.state, resumed.record.step) == ("stopped", last)
    assert resumed.losses("hyplora")[: len(reported)] == reported


def failed(trained, words: str, capfd) -> None:
    record = trained.record
    assert record.state == "failed" and words in record.message, record.message
    assert "\n" not in record.message and "Traceback" not in record.message
    assert "Traceback" in capfd.readouterr().err  # in the worker's log


def test_a_loss_that_is_not_a_number_fails_with_the_step_and_the_rate(train_here, spec, capfd):
    done = train_here(spec, lr=1e30, steps=8)
    failed(done, "lower learning rate", capfd)
    assert "1e+30" in done.record.message and "at step" in done.record.message


def test_a_full_disk_is_named_and_leaves_no_half_checkpoint(train_here, spec, problems, capfd, monkeypatch):
    def full(tensors: object, path: Path) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hypviz.worker.checkpoint.save_file", full)
    done = train_here(spec, checkpoint_seconds=1e-6)
    failed(done, "The disk was full after step 1", capfd)
    left = {path.name for path in Path(done.record.folder).iterdir()}
    assert not any("partial" in name or name == "checkpoint" for name in left)


def test_out_of_memory_is_named(train_here, spec, capfd, monkeypatch):
    def greedy(*_: object, **__: object) -> None:
        raise RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"
        )

    monkeypatch.setattr("hypviz.worker.stepping.AnswerLoss.forward", greedy)
    failed(train_here(spec), "ran out of memory before the first step", capfd)


def test_an_unforeseen_error_is_one_sentence(train_here, spec, capfd, monkeypatch):
    def odd(*_: object, **__: object) -> None:
        raise ZeroDivisionError("one\nand another line")

    monkeypatch.setattr("hypviz.worker.stepping.AnswerLoss.forward", odd)
    failed(train_here(spec), "unforeseen ZeroDivisionError (one)", capfd)


def test_damaged_problems_are_named(spec, problems, capfd):
    run_id = runs.create(spec, problems).run_id
    with open(open_run(run_id).problems, "a", encoding="utf-8") as file:
        file.write("{half a line\n")
    failed(work_off(run_id), "problems.jsonl, line 21", capfd)


def test_a_model_that_vanished_or_changed_is_named(spec, problems, capfd, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(spec.base.path, copy)
    moved = dataclasses.replace(spec, base=resolve(str(copy)))
    gone = runs.create(moved, problems).run_id
    changed = runs.create(dataclasses.replace(moved, seed=1), problems).run_id
    config = (copy / "config.json").read_text()
    (copy / "config.json").write_text(config.replace('"rms_norm_eps": 1e-06', '"rms_norm_eps": 1e-05'))
    failed(work_off(changed), "has changed since this fine-tune was set up", capfd)
    shutil.rmtree(copy)
    failed(work_off(gone), str(copy), capfd)


def test_problems_that_are_all_too_long_are_named(train_here, spec, capfd):
    failed(train_here(spec, max_tokens=9), "All 20 problems are longer than 9 tokens", capfd)


def test_a_target_that_the_model_lacks_is_named(train_here, spec, capfd):
    failed(train_here(spec, targets=("q_proj", "w_pack")), "no layer named w_pack", capfd)


def test_a_damaged_checkpoint_is_named(spec, problems, capfd, stop_at):
    run_id = runs.create(spec, problems).run_id
    stop_at(2)
    assert work_off(run_id).record.state == "stopped"
    weights = open_run(run_id).checkpoint / "hyplora.safetensors"
    weights.write_bytes(weights.read_bytes()[:500])
    open_run(run_id).stop_flag.unlink()
    failed(work_off(run_id), "is damaged", capfd)


def test_metrics_survive_a_half_written_line(train_here, spec):
    done = train_here(spec, steps=3)
    with open(open_run(done.record.run_id).metrics, "a", encoding="utf-8") as file:
        file.write('{"method": "lora", "step": 4, "lo')
    again = runs.metrics(done.record.run_id)
    assert again.n_damaged == 0 and again.curve("lora").losses.tolist() == done.losses("lora")
    with open(open_run(done.record.run_id).metrics, "a", encoding="utf-8") as file:
        file.write("\n")
    assert runs.metrics(done.record.run_id).n_damaged == 1


JOINTS = (  # each presses Stop when it has run, and the next one must not be reached
    "hypviz.worker.training.encode_examples",
    "hypviz.worker.members.load_model",
    "hypviz.worker.members.attach_adapters",
    "hypviz.worker.training.calibrate",
    "hypviz.worker.training.look_before",
    "hypviz.worker.training.restore",
    "hypviz.worker.training.AnswerLoss.settle",
)


@pytest.fixture
def stop_behind(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], list[str]]:
    """``stop_behind(name, run_id)``: Stop is pressed at the end of that function; gives the names of the joints that were reached."""

    def watch(last: str, run_id: str) -> list[str]:
        reached: list[str] = []
        for name in JOINTS:
            monkeypatch.setattr(name, _pressing(name, resolve_name(name), reached, open_run(run_id).stop_flag if name == last else None))
        return reached

    return watch


def _pressing(name: str, real: Callable[..., Any], reached: list[str], flag: Path | None) -> Callable[..., Any]:
    def called(*given: Any, **named: Any) -> Any:
        reached.append(name)
        found = real(*given, **named)
        if flag is not None:
            flag.touch()
        return found

    return called


@pytest.mark.parametrize("joint", JOINTS)
def test_stop_before_the_first_step_ends_the_run_at_the_next_joint(spec, problems, stop_behind, joint):
    run_id = runs.create(dataclasses.replace(spec, radius="calibrated"), problems).run_id
    reached = stop_behind(joint, run_id)
    stopped = work_off(run_id).record
    assert (stopped.state, stopped.step) == ("stopped", 0), stopped.message
    assert stopped.message == "Stopped before the first step; nothing was trained yet, and it can be started again."
    assert tuple(reached) == JOINTS[: JOINTS.index(joint) + 1]
    assert not open_run(run_id).checkpoint.exists() and not open_run(run_id).adapter("lora").exists()
    assert [member.adapter for member in stopped.members] == [None] * len(spec.methods)


def test_a_stop_flag_that_is_there_already_ends_the_run_before_anything_is_read(spec, problems, stop_behind):
    run_id = runs.create(spec, problems).run_id
    reached = stop_behind("", run_id)
    open_run(run_id).stop_flag.touch()
    assert work_off(run_id).record.state == "stopped" and reached == []
    assert train_to_the_end(open_run(run_id), spec, Report(open_run(run_id)), Work(asked_to_stop=lambda: True)) == 0
    assert runs.get(run_id).message.startswith("Stopped before the first step") and reached == []


def test_a_run_that_is_stopped_while_it_loads_again_keeps_what_it_had(spec, problems, stop_at, stop_behind):
    run_id = runs.create(dataclasses.replace(spec, steps=8), problems).run_id
    stop_at(3)
    kept = work_off(run_id).record
    folder = open_run(run_id)
    folder.stop_flag.unlink()
    lost = [dataclasses.replace(member, adapter=None, adapter_steps=0) for member in folder.read_status().members]  # as after kill -9
    folder.write_status(dataclasses.replace(folder.read_status(), step=5, members=tuple(lost)))
    stop_behind("hypviz.worker.members.load_model", run_id)
    stopped = work_off(run_id).record
    assert (stopped.state, stopped.step, stopped.checkpoint_step) == ("stopped", 3, 3)
    assert stopped.message == "Stopped after step 3 of 8; what was trained is kept and it can go on."
    for member, before in zip(stopped.members, kept.members, strict=True):
        assert (member.adapter_steps, member.adapter_fingerprint) == (3, before.adapter_fingerprint)
        load_adapter(load_model(spec.base), member.method, member.adapter, base_fingerprint=spec.base.fingerprint)
