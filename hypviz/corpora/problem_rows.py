"""Rows to a problem set: each by the first of the `FORMS` that its columns fit, all of them settled together.

Answers are read exactly, or not at all; a row without a question or an answer is counted in `ProblemSet.n_skipped`, with its reason.
Words are answers where most rows of a file have words; a stray word among numbers is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from hypviz.corpora.doubts import settled
from hypviz.corpora.forms import FORMS, Form, read_row
from hypviz.corpora.forms.plain import QUESTIONS
from hypviz.corpora.table import Rows
from hypviz.corpora.texts import fingerprint
from hypviz.corpora.wording import REASONS_SHOWN, in_order, name_columns
from hypviz.errors import HypvizError, UnknownColumns
from hypviz.problems import exact
from hypviz.records.problems import NUMBER, OPTION, Problem
from hypviz.records.texts import ProblemSet
from hypviz.work import NOBODY, Work

AT_ONCE = 500
WANTED = "each row needs question and answer (or instruction, input, output and answer)"
UNFIT = frozenset({"has no question", "has no answer", "is not a row with named columns"})


def problems_in(table: Rows, name: str, *, limit: int | None = None, source: str | None = None, work: Work = NOBODY) -> ProblemSet:
    """Problems of rows, at most `limit`; `source` stands in every problem, the name of the set unless given. `Stopped` between rows."""
    read = [read_row(row, source or name, FORMS.values()) for row in _told(table.rows, work)]
    found = settled([reading for reading, _ in read])
    problems = tuple(row.problem for row in found if row.problem is not None)
    unread = [(place, row.reason) for place, row in zip(table.places, found, strict=True) if row.problem is None]
    skipped = in_order([*table.broken, *unread])
    if not problems:
        words = _lines_alone(table, name) or _nothing_found(table, name, skipped)
        is_unfit = len(table.columns) > 1 and bool(unread) and all(reason in UNFIT for _, reason in unread)
        raise UnknownColumns(words, table.columns, table.rows) if is_unfit else HypvizError(words)
    notices = (
        *table.notices,
        *_of_forms(form for _, form in read),
        *_of_options([(row.problem, form) for row, (_, form) in zip(found, read, strict=True)]),
        *_of_lost([row.problem for row in found if row.lost and row.problem is not None]),
        *_repetitions(problems),
    )
    return set_of(name, problems[:limit], skipped=skipped, notices=notices)


def _told(rows: Sequence[Any], work: Work) -> Iterator[Any]:
    """The rows, with a word on how far they are and a look at whether to end every few hundred."""
    for number, row in enumerate(rows):
        if number % AT_ONCE == 0:
            work.check()
            work.report(number, len(rows), f"{number:,} of {len(rows):,} rows read")
        yield row


def _of_forms(forms: Iterable[Form | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form.notice for form in forms if form is not None and form.notice))


def _of_options(read: Sequence[tuple[Problem | None, Form | None]]) -> tuple[str, ...]:
    """How options are named when they are asked, which may be otherwise than the file names them."""
    named = (problem for problem, form in read if problem is not None and form is not None and not form.is_asked_as_written)
    first = next((problem for problem in named if problem.kind == OPTION), None)
    if first is None:
        return ()
    labels = f"{first.options[0].label} to {first.options[-1].label}"
    return (f"Options are asked, and to be answered, as {labels}, in the words of the paper's release.",)


def _of_lost(lost: Sequence[Problem]) -> tuple[str, ...]:
    """What is to be said of these problems, whose worked texts are left out."""
    if not lost:
        return ()
    texts, are = ("1 worked text ends", "is") if len(lost) == 1 else (f"{len(lost):,} worked texts end", "are")
    what = "number than the answer" if all(problem.kind == NUMBER for problem in lost) else "answer than the row gives"
    return (f"{texts} in another {what} and {are} left out.",)


def _repetitions(problems: Sequence[Problem]) -> tuple[str, ...]:
    """What is to be said of questions that stand in a file more than once."""
    answers: dict[str, set[Fraction | str]] = {}
    for problem in problems:
        answers.setdefault(problem.question, set()).add(problem.answer)
    said: list[str] = []
    again = len(problems) - len(answers)
    differing = sum(len(found) > 1 for found in answers.values())
    if again:
        rows = "1 row repeats the question of another" if again == 1 else f"{again:,} rows repeat the questions of others"
        said.append(f"{rows}; each row counts.")
    if differing:
        said.append(f"{'1 question has' if differing == 1 else f'{differing:,} questions have'} different answers in different rows.")
    return tuple(said)


def set_of(name: str, problems: tuple[Problem, ...], *, skipped: Sequence[str], notices: tuple[str, ...]) -> ProblemSet:
    """The record of these problems, with the reasons of the first rows left out."""
    parts = (part for p in problems for part in (p.question, p.solution, _digits(p.answer), *_group(p)))
    return ProblemSet(
        name=name,
        problems=problems,
        fingerprint=fingerprint(parts),
        n_skipped=len(skipped),
        skipped=tuple(skipped[:REASONS_SHOWN]),
        notices=notices,
    )


def _group(problem: Problem) -> tuple[str, ...]:
    """What tells a set whose problems belong together from one in which each stands alone."""
    return () if problem.group is None else (f"made from {problem.group}",)


def _digits(answer: Fraction | str) -> str:
    """A text that belongs to this answer alone: of a number a float's where one holds it exactly."""
    if isinstance(answer, str):
        return answer
    try:
        near = float(answer)
    except OverflowError:
        return str(answer)
    return repr(near) if exact(near) == answer else str(answer)


def _lines_alone(table: Rows, filename: str) -> str:
    """What is to be said of a .txt file whose lines are texts without answers; empty for any other file."""
    if not filename.lower().endswith(".txt") or not table.header or any(name.strip().casefold() in QUESTIONS for name in table.header):
        return ""
    return (
        f"{filename} has no line with the names of its columns, so its lines are texts without answers; begin it with the line "
        "question<tab>answer, and write every question, a tab and its answer on a line of its own."
    )


def _nothing_found(table: Rows, filename: str, skipped: Sequence[str]) -> str:
    if not table.rows and not table.broken:
        under = f" under its header ({name_columns(table.columns)})" if table.columns else ""
        return f"{filename} holds no rows{under}; {WANTED}."
    seen = f" It has the columns {name_columns(table.columns)}." if table.columns else ""
    reasons = f" {_sentence('; '.join(skipped[:REASONS_SHOWN]))}" if skipped else ""
    how = " ".join(table.notices)
    return f"{filename} holds no problem with a question and one answer; {WANTED}.{seen}{reasons} {how}".strip()


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
