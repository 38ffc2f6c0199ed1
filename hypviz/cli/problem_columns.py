"""``--question``, ``--answer`` and ``--options``: the columns of a problem file whose own names are not known.

@column_options                      # the command's own parameters stay as they are
def command(...):
    with advice():
        found = read_problems(name, columns=columns_given())
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hypviz.errors import HypvizError, UnknownColumns

if TYPE_CHECKING:
    from hypviz.studies.problem_sets import Columns

F = TypeVar("F", bound=Callable[..., Any])
ADVICE = "name them with --question COLUMN and --answer COLUMN, and --options COLUMN where there are any."
_KEPT = "hypviz.problem-columns."


def column_options(function: F) -> F:
    """The three options; what they were given is found by `columns_given`."""
    several = "The column with the list of options of each row; repeated, one column an option."
    question = click.option("--question", metavar="COLUMN", expose_value=False, callback=_keep, help="The column with the question.")
    answer = click.option("--answer", metavar="COLUMN", expose_value=False, callback=_keep, help="The column with the answer.")
    options = click.option("--options", metavar="COLUMN", multiple=True, expose_value=False, callback=_keep, help=several)
    return question(answer(options(function)))


def columns_given() -> Columns | None:
    """The columns that were named, None where none was; `HypvizError` where the question or the answer is missing."""
    from hypviz.studies.problem_sets import Columns

    meta = click.get_current_context().meta
    question, answer, options = (meta.get(_KEPT + name) for name in ("question", "answer", "options"))
    if not question and not answer and not options:
        return None
    if not question or not answer:
        given = "--question" if question else "--answer" if answer else "--options"
        raise HypvizError(f"{given} is given without {'--question' if not question else '--answer'}; {ADVICE}")
    return Columns(question=str(question), answer=str(answer), options=tuple(options or ()))


@contextmanager
def advice() -> Generator[None]:
    """A file whose columns are not known is refused with what to do about it in a shell."""
    try:
        yield
    except UnknownColumns as error:
        raise HypvizError(f"{error} If other columns hold question and answer, {ADVICE}") from error


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    context.meta[_KEPT + str(option.name)] = value
