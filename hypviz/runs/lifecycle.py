"""The life of a run as its owner steers it: create, start, stop, resume, delete."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from hypviz.errors import HypvizError
from hypviz.records.resources import RunPlan
from hypviz.records.runs import FAILED, LOST, QUEUED, STOPPED, MemberReport, RunRecord, RunSpec, RunStatus
from hypviz.records.texts import ProblemSet
from hypviz.runs.checks import check_spec
from hypviz.runs.folder import RunFolder, all_runs, open_run, runs_root
from hypviz.runs.launch import spawn
from hypviz.runs.queue import enqueue, leave
from hypviz.runs.reading import START_GRACE_SECONDS, get
from hypviz.store.locks import Lock, locked, try_lock

LEAVING_SECONDS = 15.0  # a worker that has said its last word may take a while to unload its libraries
RESUMABLE = (STOPPED, FAILED, LOST)


def create(spec: RunSpec, problems: ProblemSet, plan: RunPlan | None = None) -> RunRecord:
    """Write a new run folder without starting it; the same spec twice within moments is the same run (a double click).

    Raises `HypvizError` for a spec that cannot be run or a disk that cannot hold it.
    """
    check_spec(spec)
    if not problems.problems:
        raise HypvizError(f"{problems.name} holds no problems to train on; choose another set or file.")
    with _disk_errors(), locked(runs_root() / ".lock"):
        return get((_twin(spec) or _write_new(spec, problems, plan)).run_id)


def start(run_id: str) -> RunRecord:
    """Start the run's worker, which waits for its turn; a run that has a worker is left alone."""
    folder = open_run(run_id)
    with _disk_errors(), locked(runs_root() / ".lock"):
        lock = _take_worker_lock(folder, patience=0.2)
        if lock is not None:
            _start_worker(folder, lock)
    return get(run_id)


def stop(run_id: str) -> RunRecord:
    """Ask the run to stop after its current step and keep what was trained; a queued run is taken out of the line."""
    record = get(run_id)
    if not record.is_active:
        raise HypvizError(f"Run {run_id} is {record.state}, so there is nothing to stop.")
    open_run(run_id).stop_flag.touch()
    return get(run_id)


def resume(run_id: str) -> RunRecord:
    """Go on from the last checkpoint (from the beginning if there is none); a run that is under way is left alone."""
    folder, record = open_run(run_id), get(run_id)
    if record.is_active:
        return record
    if record.state not in RESUMABLE:
        raise HypvizError(f"Run {run_id} is {record.state}; only a run that was stopped, failed or lost can go on.")
    lock = _take_worker_lock(folder, patience=LEAVING_SECONDS)
    if lock is None:
        raise HypvizError(f"The last worker of run {run_id} has not ended yet; try again in a moment.")
    with _disk_errors(), locked(runs_root() / ".lock"):
        folder.stop_flag.unlink(missing_ok=True)
        now = time.time()
        changes = {"state": QUEUED, "message": None, "phase": "waiting", "ended_at": None, "pid": None}
        folder.write_status(dataclasses.replace(folder.read_status(), queued_at=now, heartbeat_at=now, **changes))
        _start_worker(folder, lock)
    return get(run_id)


def delete(run_id: str) -> None:
    """Remove the run with its adapters for good; refuses while it is queued or running."""
    folder, record = open_run(run_id), get(run_id)
    if record.is_active:
        raise HypvizError(f"Run {run_id} is {record.state}; stop it before deleting it.")
    if folder.is_shipped:
        raise HypvizError(f"Run {run_id} came with hypviz and stays.")
    trash = folder.path.with_name(f".deleted-{folder.run_id}-{uuid.uuid4().hex[:8]}")
    try:
        os.replace(folder.path, trash)
        for leftover in trash.parent.glob(".deleted-*"):  # one may be there from a deletion that was interrupted
            shutil.rmtree(leftover)
    except OSError as error:
        raise HypvizError(
            f"Run {run_id} could not be deleted completely ({error.strerror}); check the permissions of {trash.parent}."
        ) from error


@contextmanager
def _disk_errors() -> Generator[None]:
    """A folder that cannot be written, in one sentence."""
    try:
        yield
    except OSError as error:
        where = f"The run cannot be written to {runs_root()} ({error.strerror})"
        raise HypvizError(f"{where}; free some space or set HYPVIZ_CACHE to another folder.") from error


def _start_worker(folder: RunFolder, lock: Lock) -> None:
    device = folder.read_spec().device
    try:
        enqueue(folder, device)
        spawn(folder, lock)
    except BaseException:
        leave(folder, device)
        raise
    finally:
        lock.release()


def _take_worker_lock(folder: RunFolder, *, patience: float) -> Lock | None:
    """The worker lock, or None if a worker lives; asks more than once because a reader's question locks for an instant too."""
    end = time.monotonic() + patience
    while (lock := try_lock(folder.worker_lock)) is None and time.monotonic() < end:
        time.sleep(0.02)
    return lock


def _twin(spec: RunSpec) -> RunFolder | None:
    """A run of exactly this spec that was created moments ago and has not ended."""
    for folder in all_runs():
        try:
            status = folder.read_status()
            if time.time() - status.created_at < START_GRACE_SECONDS and status.ended_at is None and folder.read_spec() == spec:
                return folder
        except HypvizError:
            continue  # a damaged run is nobody's twin; the list of runs shows it
    return None


def _write_new(spec: RunSpec, problems: ProblemSet, plan: RunPlan | None) -> RunFolder:
    """The folder appears under its name only when it is whole."""
    now = time.time()
    run_id = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}-{int(now % 1 * 1000):03d}{uuid.uuid4().hex[:3]}"  # sorts by time
    partial = RunFolder(path=runs_root() / f".partial-{run_id}")
    try:
        partial.write_spec(spec)
        partial.write_problems(problems.problems)
        if plan is not None:
            partial.write_plan(plan)
        partial.write_status(_first_status(spec, len(problems.problems)))
        partial.log.touch()
        final = Path(runs_root() / run_id)
        os.replace(partial.path, final)
    finally:
        shutil.rmtree(partial.path, ignore_errors=True)
    return RunFolder(path=final)


def _first_status(spec: RunSpec, n_problems: int) -> RunStatus:
    now = time.time()
    return RunStatus(
        state=QUEUED,
        message=None,
        phase="waiting",
        created_at=now,
        queued_at=now,
        started_at=None,
        ended_at=None,
        heartbeat_at=now,
        pid=None,
        step=0,
        n_problems=n_problems,
        n_examples=0,
        n_too_long=0,
        n_answer_tokens=0,
        bytes_measured=None,
        layer_c=(),
        members=tuple(_blank(method) for method in spec.methods),
        versions={},
    )


def _blank(method: str) -> MemberReport:
    """A member that has not begun."""
    return MemberReport(
        method=method,
        steps=0,
        seconds=0.0,
        first_loss=None,
        last_loss=None,
        n_parameters=0,
        n_clipped=0,
        peak_bytes=None,
        adapter=None,
        adapter_steps=0,
        adapter_fingerprint=None,
    )
