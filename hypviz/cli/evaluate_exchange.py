"""What ``hypviz evaluate`` writes for others: a task folder for lm-evaluation-harness, a page to audit, a table of all rows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from hypviz.cli.common import note
from hypviz.errors import HypvizError

if TYPE_CHECKING:
    from hypviz.records.evaluations import Evaluation
    from hypviz.records.specs.answers import EvaluationSpec

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things are to be written; None for nowhere. Made before the work, so that a folder that is not there is refused before it."""

    out: Path | None = None
    harness: Path | None = None
    report: Path | None = None
    csv: Path | None = None

    def __post_init__(self) -> None:
        for option, path in (("--out", self.out), ("--harness", self.harness), ("--report", self.report), ("--csv", self.csv)):
            if path is not None and not path.absolute().parent.is_dir():
                raise HypvizError(f"The folder {path.absolute().parent} for {option} does not exist; create it first.")

    def write(self, found: Evaluation, spec: EvaluationSpec) -> None:
        """What was asked for, with a note on where the task lies."""
        from hypviz.studies.exchange import prompts_of, report_of, rows_json, rows_table, task_name, write_task, written

        if not any((self.out, self.report, self.csv, self.harness)):
            return
        prompts = prompts_of(spec)
        if self.out is not None:
            written(self.out, rows_json(found, prompts))
        if self.report is not None:
            written(self.report, report_of(found, prompts))
        if self.csv is not None:
            written(self.csv, rows_table(found, prompts))
        if self.harness is not None:
            write_task(found, self.harness, prompts)
            note(f"The task {task_name(found)} for lm-evaluation-harness lies in {self.harness}; its README.md says how to run it.")


def exchange_options(function: F) -> F:
    """``--out``, ``--harness``, ``--report`` and ``--csv``, handed to the command as ``places``."""

    @functools.wraps(function)
    def with_places(*args: Any, out: Path | None, harness: Path | None, report: Path | None, csv: Path | None, **options: Any) -> Any:
        return function(*args, places=Places(out=out, harness=harness, report=report, csv=csv), **options)

    told = (
        ("--harness", False, "DIR", "Write the problems, prompts and the rule as a task for lm-evaluation-harness."),
        ("--csv", True, "FILE.csv", "Write one row per problem for a spreadsheet."),
        ("--report", True, "FILE.html", "Write one page with everything needed to audit the counts."),
        ("--out", True, "FILE.jsonl", "Write one row per problem."),
    )
    command: Any = with_places
    for option, is_file, metavar, words in told:
        kind = click.Path(dir_okay=not is_file, file_okay=is_file, path_type=Path)
        command = click.option(option, type=kind, metavar=metavar, help=words)(command)
    return cast("F", command)


def said_more(found: Evaluation) -> tuple[str, ...]:
    """What all columns and every pair say beyond their counts."""
    from hypviz.studies.exchange import said_of

    return said_of(found)
