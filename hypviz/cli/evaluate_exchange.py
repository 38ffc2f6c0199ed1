"""What ``hypviz evaluate`` writes for others: a task folder for lm-evaluation-harness."""

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
    from hypviz.records.answers import Evaluation

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things are to be written; None for nowhere. Made before the work, so that a folder that is not there is refused before it."""

    harness: Path | None

    def __post_init__(self) -> None:
        for option, path in (("--harness", self.harness),):
            if path is not None and not path.absolute().parent.is_dir():
                raise HypvizError(f"The folder {path.absolute().parent} for {option} does not exist; create it first.")

    def write(self, found: Evaluation) -> None:
        """What was asked for, with a note on where it lies."""
        from hypviz.studies.exchange import task_name, write_task

        if self.harness is not None:
            write_task(found, self.harness)
            note(f"The task {task_name(found)} for lm-evaluation-harness lies in {self.harness}; its README.md says how to run it.")


def exchange_options(function: F) -> F:
    """``--harness``, handed to the command as ``places``."""

    @functools.wraps(function)
    def with_places(*args: Any, harness: Path | None, **options: Any) -> Any:
        return function(*args, places=Places(harness=harness), **options)

    return click.option(
        "--harness",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Write the problems, prompts and the paper's rule as a task for lm-evaluation-harness.",
    )(cast("F", with_places))
