"""Taking a fine-tune that has ended home: whether it can be used, and a copy of its folder elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from hypviz.errors import HypvizError
from hypviz.records.runs import FAILED, LOST, STOPPED, RunRecord


def require_usable(record: RunRecord) -> None:
    """`HypvizError` with the run's own sentence if it failed or was lost, and where it was stopped before it learned anything."""
    if record.state in (FAILED, LOST):
        raise HypvizError(f"{record.message} (run {record.run_id}, log in {record.folder}/log.txt)")
    if record.state == STOPPED and record.step == 0:
        raise HypvizError(
            f"Run {record.run_id} was stopped before its first step, so there is no adapter; resume it on the Fine-tune page."
        )


def require_free(out: Path) -> None:
    """`HypvizError` if `out` could not take a run: a file, or a folder with something in it."""
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise HypvizError(f"{out} already exists and is not empty; choose another folder for --out.")


def copy_run(record: RunRecord, out: Path) -> None:
    """A copy of the run at `out`: spec, metrics, log and adapters, without checkpoints and locks."""
    try:
        shutil.copytree(record.folder, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock", "stop", "checkpoint", ".*"))
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or "some files failed"
        raise HypvizError(f"The run could not be copied to {out} ({reason}); it is kept in {record.folder}.") from error
