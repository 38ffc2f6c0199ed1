"""What every form of problem rows is, and what is read from one row.

`Cells` are a row's cells by the lower-case names of its columns. A form never guesses: a row that it cannot read has a reason, a phrase
that goes on from the place of the row ("line 2 has no answer", "line 3, the answer “x” is ...").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from hypviz.corpora.decoding import is_whole
from hypviz.corpora.table import NumberLiteral
from hypviz.corpora.wording import quoted
from hypviz.records.problems import Problem
from hypviz.registry import Entry

Cells = dict[str, Any]
GROUPS = ("original_question", "seed_question", "original_id", "group_id")  # MetaMathQA; GSM-Plus; GSM-Symbolic; by hand
HALF_PAIR = "holds half of a surrogate pair, which is no character"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A row as read: a problem, or why it is none.

    `lost` says that its worked text gives another answer and is left out, `comma` that its answer has, or may have, a decimal comma,
    `typed` that its answer is a number of JSON, in which a comma cannot stand. `instead` is the problem that the row is if words answer
    the questions of its file, and `is_wordy` whether this answer speaks for that. `position` is the place of the right option, counted
    from 0, where the answer is nothing but a count.
    """

    problem: Problem | None = None
    reason: str = ""
    lost: bool = False
    comma: bool = False
    typed: bool = False
    instead: Problem | None = None
    is_wordy: bool = False
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Entry):
    """`columns` are those by which rows are known, as people write them; `fits` sees a row's cells, `read` also the name of the file.

    `notice` is said once of a file with rows of this form; empty for nothing. `is_asked_as_written` says that the question holds its
    options already.
    """

    columns: tuple[str, ...]
    fits: Callable[[Cells], bool]
    read: Callable[[Cells, str], Reading]
    notice: str = ""
    is_asked_as_written: bool = False


def read_row(row: Any, filename: str, forms: Iterable[Form]) -> tuple[Reading, Form | None]:
    """The row by the first form that fits, and that form; a reason and None where the row has no named columns."""
    named = as_record(row)
    if named is None:
        return Reading(reason="is not a row with named columns"), None
    cells: Cells = {}
    for name, value in named.items():
        folded = name.strip().casefold()
        if folded in cells:
            return Reading(reason=f"names “{quoted(name)}” twice"), None
        cells[folded] = value
    form = next((form for form in forms if form.fits(cells)), None)
    return (Reading(reason="has no question"), None) if form is None else (_whole(_grouped(form.read(cells, filename), cells)), form)


def _grouped(found: Reading, cells: Cells) -> Reading:
    """The reading with the problem that the row was made from, where one of `GROUPS` names it."""
    named = present(cells, *GROUPS)
    if isinstance(named, NumberLiteral):
        named = named.text
    if not isinstance(named, str) or not named.strip() or not is_whole(named):
        return found
    made = [None if one is None else replace(one, group=named.strip()) for one in (found.problem, found.instead)]
    return replace(found, problem=made[0], instead=made[1])


def _whole(found: Reading) -> Reading:
    """The reading, refused where it holds what cannot be written as UTF-8."""
    problem = found.problem or found.instead
    if problem is None:
        return found
    texts = (("question", problem.question), ("answer", problem.given or ""), ("worked text", problem.solution))
    broken = next((what for what, text in texts if not is_whole(text)), None)
    return found if broken is None else Reading(reason=f"the {broken} {HALF_PAIR}")


def as_record(value: object) -> dict[str, Any] | None:
    """The value as a record of JSON or of a table, None for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """The value as a list, None for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else None


def filled(cells: Cells, *names: str) -> bool:
    """Whether each of these columns holds a text that is not blank."""
    return all(isinstance(cells.get(name), str) and cells[name].strip() for name in names)


def present(cells: Cells, *names: str) -> Any:
    """The first of these cells that is there and not empty, else None."""
    return next((cells[name] for name in names if cells.get(name) not in (None, "")), None)


def only(value: Any) -> Any:
    """The one value of a list of one, as the paper's release has its numbers ([22.0]); anything else as it is."""
    listed = as_list(value)
    return listed[0] if listed is not None and len(listed) == 1 else value
