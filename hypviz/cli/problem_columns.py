"""``--question``, ``--answer`` and ``--options``: the columns of a problem file whose own names are not known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hypviz.errors import HypvizError, UnknownColumns

if TYPE_CHECKING:
    from hypviz.studies.problem_sets import Columns

F = TypeVar("F", bound=Callable[..., Any])
ADVICE = "name them with --question COLUMN and --answer COLUMN, and --options COLUMN where there are any."


def column_options(function: F) -> F:
    """The three options, handed to the command as ``question``, ``answer`` and ``options``."""
    several = click.option(
        "--options", metavar="COLUMN", multiple=True, help="The column with the list of options, or repeated for one column an option."
    )
    answer = click.option("--answer", metavar="COLUMN", help="The column with the answer.")
    question = click.option("--question", metavar="COLUMN", help="The column with the question, of a file whose columns are not known.")
    return question(answer(several(function)))


def columns_named(question: str | None, answer: str | None, options: tuple[str, ...]) -> Columns | None:
    """The columns that were named, None where none was; `HypvizError` where the question or the answer is not."""
    from hypviz.studies.problem_sets import Columns

    if question is None and answer is None and not options:
        return None
    if question is None or answer is None:
        given, missing = ("--question", "--answer") if answer is None and question is not None else ("--answer", "--question")
        given = given if answer is not None or question is not None else "--options"
        raise HypvizError(f"{given} is given without {missing}; {ADVICE}")
    return Columns(question=question, answer=answer, options=options)


def advised(error: UnknownColumns) -> HypvizError:
    """The error with what to do about it in a shell."""
    return HypvizError(f"{error} If other columns hold question and answer, {ADVICE}")
