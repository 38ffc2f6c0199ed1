"""Where a run keeps what: the files of one run folder, and how the small ones are read and written."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hypviz.bundled import BUNDLED_SOURCE, bundled_folder
from hypviz.errors import HypvizError
from hypviz.records import Record, Unreadable
from hypviz.records.hyplora import RadiusCalibration
from hypviz.records.problems import Problem
from hypviz.records.resources import RunPlan, RunResources
from hypviz.records.runs import CheckpointState, RunProbe, RunSpec, RunStatus
from hypviz.store import cache_root, write_atomically
from hypviz.store.entries import RUNS

ADAPTERS = "adapter"
CHECKPOINT_STATE = "state.json"
R = TypeVar("R", bound=Record)


def runs_root() -> Path:
    """The folder of all runs (created on demand); `HypvizError` where that is not possible."""
    root = cache_root() / RUNS
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HypvizError(
            f"Fine-tuned runs are kept in {root}, which is no folder and cannot be made one ({error.strerror or error}); "
            "set HYPVIZ_CACHE to a folder that can be written."
        ) from error
    return root


def shipped_root() -> Path:
    """The folder of the runs that ship with the bundled model; need not exist."""
    return bundled_folder().with_name(RUNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def is_shipped(self) -> bool:
        """Whether the run came with hypviz, and is nobody's to change or delete."""
        return self.path.parent == shipped_root()

    @property
    def worker_lock(self) -> Path:
        """Held by the living worker."""
        return self.path / "worker.lock"

    @property
    def stop_flag(self) -> Path:
        """Exists once someone asked the run to stop."""
        return self.path / "stop"

    @property
    def log(self) -> Path:
        """What the worker prints, tracebacks included."""
        return self.path / "log.txt"

    @property
    def metrics(self) -> Path:
        """One JSON line per step and member, appended."""
        return self.path / "metrics.jsonl"

    @property
    def problems(self) -> Path:
        """The problems to train on, one `Problem` a line: the run does not depend on the file they came from."""
        return self.path / "problems.jsonl"

    @property
    def checkpoint(self) -> Path:
        """The state to resume from."""
        return self.path / "checkpoint"

    def adapter(self, method: str) -> Path:
        """The PEFT folder of one member."""
        return self.path / ADAPTERS / method

    def read_spec(self) -> RunSpec:
        """The spec, with the bundled model where it lies now; `HypvizError` if it is damaged."""
        spec = _record(RunSpec, self.path / "spec.json")
        if spec.base.kind != BUNDLED_SOURCE:
            return spec
        return dataclasses.replace(spec, base=dataclasses.replace(spec.base, path=str(bundled_folder())))

    def write_spec(self, spec: RunSpec) -> None:
        """Written once, when the run is created."""
        write_atomically(self.path / "spec.json", spec.to_json())

    def read_status(self) -> RunStatus:
        """The last status; `HypvizError` if it is damaged."""
        return _record(RunStatus, self.path / "status.json")

    def read_checkpoint_state(self) -> CheckpointState | None:
        """What the checkpoint says, or None if there is none that can be read."""
        try:
            return _record(CheckpointState, self.checkpoint / CHECKPOINT_STATE)
        except HypvizError:
            return None  # resuming says what is wrong with it

    def write_status(self, status: RunStatus) -> None:
        """Replace the status as a whole."""
        write_atomically(self.path / "status.json", status.to_json())

    def read_plan(self) -> RunPlan | None:
        """What was expected before the start; None where nobody asked."""
        return _record_if_there(RunPlan, self.path / "plan.json")

    def write_plan(self, plan: RunPlan) -> None:
        """Written once, when the run is created."""
        write_atomically(self.path / "plan.json", plan.to_json())

    def read_resources(self) -> RunResources | None:
        """What the process has used and promised; None before its first sign of life."""
        return _record_if_there(RunResources, self.path / "resources.json")

    def write_resources(self, resources: RunResources) -> None:
        """Replace it as a whole."""
        write_atomically(self.path / "resources.json", resources.to_json())

    def read_probe(self) -> RunProbe | None:
        """The layers at the last probe; None before the first one."""
        return _record_if_there(RunProbe, self.path / "probe.json")

    def write_probe(self, probe: RunProbe) -> None:
        """Replace the last probe."""
        write_atomically(self.path / "probe.json", probe.to_json())

    def read_start(self) -> RunProbe | None:
        """What HypLoRA's layers were found to do before the first step; None for a run without it, or not yet."""
        return _record_if_there(RunProbe, self.path / "start.json")

    def write_start(self, probe: RunProbe) -> None:
        """Written before the first step."""
        write_atomically(self.path / "start.json", probe.to_json())

    def read_calibration(self) -> RadiusCalibration | None:
        """What calibration set; None for a run that did not calibrate, or not yet."""
        return _record_if_there(RadiusCalibration, self.path / "calibration.json")

    def write_calibration(self, calibration: RadiusCalibration) -> None:
        """Written once, before the first step."""
        write_atomically(self.path / "calibration.json", calibration.to_json())

    def read_problems(self) -> tuple[Problem, ...]:
        """The problems to train on; `HypvizError` if the file is gone or damaged."""
        lines = _read(self.problems).removesuffix("\n").split("\n")  # a text may hold other line separators
        return tuple(_problem(line, number, self.problems) for number, line in enumerate(lines, start=1))

    def write_problems(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems with the run."""
        write_atomically(self.problems, "".join(problem.to_json() + "\n" for problem in problems))


def open_run(run_id: str) -> RunFolder:
    """The folder of an existing run, shipped ones included; `HypvizError` for an unknown id."""
    if run_id and not run_id.startswith(".") and run_id == Path(run_id).name:
        for root in (runs_root(), shipped_root()):
            if os.path.isfile(root / run_id / "spec.json"):  # Path.is_file raises for a name that is too long
                return RunFolder(path=root / run_id)
    raise HypvizError(f"There is no run {_short(run_id)}; choose one from the list on the Fine-tune page.")


def _short(run_id: str) -> str:
    """An unknown id as an error names it."""
    return repr(run_id) if len(run_id) <= 80 else f"{run_id[:80]!r} ..."


def all_runs() -> list[RunFolder]:
    """Every run folder made here, newest first (ids begin with their time)."""
    return _runs_in(runs_root())


def shipped_runs() -> list[RunFolder]:
    """Every run folder that came with hypviz."""
    return _runs_in(shipped_root())


def _runs_in(root: Path) -> list[RunFolder]:
    found = [spec.parent for spec in root.glob("*/spec.json") if not spec.parent.name.startswith(".")]  # half-made or half-deleted
    return [RunFolder(path=path) for path in sorted(found, reverse=True)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise HypvizError(f"{path.name} of run {path.parent.name} cannot be read ({reason}); delete the run and start it again.") from error


def _record(kind: type[R], path: Path) -> R:
    text = _read(path)
    try:
        return kind.from_json(text)
    except Unreadable as error:
        raise HypvizError(
            f"{path.name} of run {path.parent.name} is damaged ({error.reason}); delete the run and start it again."
        ) from error


def _record_if_there(kind: type[R], path: Path) -> R | None:
    """What a run does not need: the way out of a damaged one is to lose it, and nothing else."""
    try:
        return kind.from_json(_read(path)) if path.exists() else None
    except HypvizError as error:
        raise HypvizError(
            f"{path.name} of run {path.parent.name} cannot be read: it is damaged, or another version of hypviz wrote it. The run and its "
            f"adapters are whole without it; move the file {path.resolve()} away."
        ) from error


def _problem(line: str, number: int, path: Path) -> Problem:
    try:
        return Problem.from_json(line)
    except Unreadable as error:
        raise HypvizError(
            f"{path.name}, line {number} of run {path.parent.name} is damaged ({error.reason}); delete the run and start it again."
        ) from error
