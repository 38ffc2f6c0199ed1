"""What a reader may know about runs: records, metrics and the end of the log, from the folders alone."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hypviz.errors import HypvizError
from hypviz.models.live.memory import out_of_memory_kills, show_size
from hypviz.records.hyplora import RadiusCalibration
from hypviz.records.resources import RunPlan, RunResources
from hypviz.records.runs import (
    ACTIVE,
    DONE,
    FAILED,
    LOST,
    QUEUED,
    RUNNING,
    STOPPED,
    STOPPING,
    CheckpointState,
    MemberReport,
    RunMetrics,
    RunProbe,
    RunRecord,
    RunStatus,
)
from hypviz.runs.curves import read_curves
from hypviz.runs.folder import ADAPTERS, RunFolder, all_runs, open_run, shipped_runs
from hypviz.runs.queue import waiting
from hypviz.store.locks import is_locked

START_GRACE_SECONDS = 5.0
R = TypeVar("R")
TAIL_BYTES = 20_000
SHORT_OF_MEMORY = 0.25  # less free than this share of what the process held: its next step may have been too much


def list_runs() -> tuple[RunRecord, ...]:
    """Every run made here that can be read, newest first; a damaged folder is named by `damaged_runs`."""
    return _readable(all_runs())


def shipped() -> tuple[RunRecord, ...]:
    """The finished runs that came with hypviz; they belong to the bundled model."""
    return _readable(shipped_runs())


def damaged_runs() -> tuple[str, ...]:
    """One sentence for each run folder that cannot be read."""
    return tuple(found for found in (_try_read(folder) for folder in all_runs()) if isinstance(found, str))


def get(run_id: str) -> RunRecord:
    """The run as it is now; raises `HypvizError` for an unknown or damaged run."""
    return _read(open_run(run_id))


def metrics(run_id: str) -> RunMetrics:
    """The curves so far; a line that is still being written is not counted as damaged."""
    folder = open_run(run_id)
    return read_curves(folder.run_id, folder.metrics, folder.read_spec().methods)


def layers(run_id: str) -> tuple[RunProbe | None, RadiusCalibration | None]:
    """The layers at the last probe, and what calibration set; None for what is not there."""
    folder = open_run(run_id)
    return folder.read_probe(), folder.read_calibration()


def before_first_step(run_id: str) -> RunProbe | None:
    """What HypLoRA's layers were found to do while B was 0; None for a run without that look, or not yet."""
    return open_run(run_id).read_start()


def tail(run_id: str, *, lines: int = 30) -> str:
    """The last lines of the worker's log."""
    return _tail(open_run(run_id).log, lines)


def _readable(folders: list[RunFolder]) -> tuple[RunRecord, ...]:
    return tuple(record for record in (_try_read(folder) for folder in folders) if isinstance(record, RunRecord))


def _try_read(folder: RunFolder) -> RunRecord | str:
    try:
        return _read(folder)
    except HypvizError as error:
        return str(error)


def _read(folder: RunFolder) -> RunRecord:
    spec, status = folder.read_spec(), folder.read_status()
    if status.state in ACTIVE and not is_locked(folder.worker_lock):
        status = folder.read_status()  # it may have ended between the two questions
    state = _state(folder, status)
    checkpoint = folder.read_checkpoint_state() if state in (STOPPED, FAILED, LOST) else None
    line = waiting(spec.device) if state == QUEUED else ()
    plan, resources, damaged = _noted_beside(folder)
    return RunRecord(
        run_id=folder.run_id,
        folder=str(folder.path.resolve()),
        is_shipped=folder.is_shipped,
        spec=spec,
        state=state,
        message=_lost_sentence(status, checkpoint, resources) if state == LOST else status.message,
        phase=status.phase,
        created_at=status.created_at,
        started_at=status.started_at,
        ended_at=status.ended_at,
        heartbeat_at=status.heartbeat_at,
        pid=status.pid,
        step=status.step,
        queue_position=line.index(folder.run_id) + 1 if folder.run_id in line else None,
        checkpoint_step=checkpoint.step if checkpoint else 0,
        log_tail=_tail(folder.log, 30) if state in (FAILED, LOST) else "",
        n_problems=status.n_problems,
        n_examples=status.n_examples,
        n_too_long=status.n_too_long,
        n_rejoined=status.n_rejoined,
        n_answer_tokens=status.n_answer_tokens,
        bytes_measured=status.bytes_measured,
        layer_c=status.layer_c,
        members=tuple(_member(folder, state, member, checkpoint, _all_saved(status.members)) for member in status.members),
        versions=status.versions,
        plan=plan,
        resources=resources,
        damaged=damaged,
    )


def _noted_beside(folder: RunFolder) -> tuple[RunPlan | None, RunResources | None, tuple[str, ...]]:
    """What was expected and what was used, and a sentence for each file of the two that cannot be read."""
    damaged: list[str] = []

    def or_none(read: Callable[[], R]) -> R | None:
        try:
            return read()
        except HypvizError as error:
            damaged.append(str(error))
            return None

    plan, resources = or_none(folder.read_plan), or_none(folder.read_resources)
    return plan, resources, tuple(damaged)


def _all_saved(members: tuple[MemberReport, ...]) -> bool:
    """Whether every member has an adapter of the same step: a run that was stopped has, whatever became of going on with it."""
    return all(m.adapter is not None for m in members) and len({m.adapter_steps for m in members}) == 1


def _member(folder: RunFolder, state: str, member: MemberReport, checkpoint: CheckpointState | None, all_saved: bool) -> MemberReport:
    """The report with the adapter that can be loaded now: of the checkpoint where the run ended badly or has nothing newer, or else the
    saved one.
    """
    saved = next((s for s in checkpoint.members if s.method == member.method), None) if checkpoint else None
    root = folder.path.resolve()
    is_newer = state == STOPPED and checkpoint is not None and (member.adapter is None or member.adapter_steps < checkpoint.step)
    if (state in (FAILED, LOST) or is_newer) and checkpoint is not None and saved is not None:
        place = str(root / folder.checkpoint.name / ADAPTERS / member.method)
        return dataclasses.replace(member, adapter=place, adapter_steps=checkpoint.step, adapter_fingerprint=saved.adapter_fingerprint)
    if member.adapter is None or not (state in (DONE, STOPPED) or (state in (FAILED, LOST) and all_saved)):
        return dataclasses.replace(member, adapter=None, adapter_steps=0, adapter_fingerprint=None)
    return dataclasses.replace(member, adapter=str(root / member.adapter))


def _state(folder: RunFolder, status: RunStatus) -> str:
    """The state to show: what the worker wrote, unless it was asked to stop or is dead."""
    if status.state not in ACTIVE:
        return status.state
    if is_locked(folder.worker_lock):
        return STOPPING if status.state == RUNNING and folder.stop_flag.exists() else status.state
    just_created = status.pid is None and time.time() - status.queued_at < START_GRACE_SECONDS
    return QUEUED if just_created else LOST


def _lost_sentence(status: RunStatus, checkpoint: CheckpointState | None, resources: RunResources | None) -> str:
    why = _why_lost(resources)
    if status.step == 0:
        return f"The training process ended without a word before its first step ({why}); see the end of its log, then start it again."
    ended = f"The training process ended without a word after step {status.step} ({why})"
    if checkpoint is None:
        return f"{ended}; nothing was saved yet, so start it again."
    return f"{ended}; what was saved at step {checkpoint.step} is kept, and the run can go on from there."


def _why_lost(resources: RunResources | None) -> str:
    """Memory is named where the kernel's own count or the last sign of life speaks for it, with the figures either way."""
    if resources is None:
        return "killed, or the machine went down"
    figures = (
        f"it had taken {show_size(resources.peak_bytes)} at its largest, and {show_size(resources.free_bytes)} were free at its last sign"
    )
    kills = out_of_memory_kills()
    if kills is not None and resources.n_oom_kills is not None and kills > resources.n_oom_kills:
        return f"the system has killed a process for lack of memory, most likely this one: {figures}; choose more parts or a smaller batch"
    if resources.free_bytes < SHORT_OF_MEMORY * max(resources.peak_bytes, 1):
        return f"killed, most likely for lack of memory: {figures}; choose more parts or a smaller batch"
    return f"killed, or the machine went down; {figures}"


def _tail(log: Path, lines: int) -> str:
    try:
        with open(log, "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
