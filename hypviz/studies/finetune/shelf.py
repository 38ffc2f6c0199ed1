"""The runs that there are, as pages and commands show them: lists, one run with all that is known of it, and what can be done with it.

Nothing is computed here; every answer is read from the run's folder as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypviz import runs
from hypviz.records.hyplora import RadiusCalibration
from hypviz.records.runs import RunMetrics, RunProbe, RunRecord
from hypviz.runs.reading import damaged_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A run with its curves, its layers before the first step and at the last probe, and what calibration set; None where there is none."""

    record: RunRecord
    metrics: RunMetrics
    start: RunProbe | None
    probe: RunProbe | None
    calibration: RadiusCalibration | None


def whole(record: RunRecord) -> Shown:
    """All that is known of a run; `HypvizError` where a file of it is damaged."""
    probe, calibration = runs.layers(record.run_id)
    start = runs.before_first_step(record.run_id)
    return Shown(record=record, metrics=runs.metrics(record.run_id), start=start, probe=probe, calibration=calibration)


def find(run_id: str) -> RunRecord:
    """The run as it is now; `HypvizError` for an unknown or damaged one."""
    return runs.get(run_id)


def own() -> tuple[RunRecord, ...]:
    """The runs made here, newest first."""
    return runs.list_runs()


def shipped() -> tuple[RunRecord, ...]:
    """Those that came with hypviz."""
    return runs.shipped()


def damaged() -> tuple[str, ...]:
    """A sentence for each run folder that cannot be read."""
    return damaged_runs()


def log_of(run_id: str) -> str:
    """The last lines of the training process's log."""
    return runs.tail(run_id)


def go_on(run_id: str) -> RunRecord:
    """Resume from the last checkpoint, or from the beginning."""
    return runs.resume(run_id)


def remove(run_id: str) -> None:
    """Delete the run with its adapters for good; `HypvizError` while it is active, or if it came with hypviz."""
    runs.delete(run_id)
