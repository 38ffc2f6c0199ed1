"""An evaluation recomputed by a stranger: every mark and count made anew from the rows of an exported file, and held against it.

In: the bytes of a file of JSON lines (``evaluate --out``) or of a table (``--csv``). Out: `Again`. Nothing else is read: the marks
come from the question, the kind, the options, the reference, the texts and how they ended; of several samples the majority is taken anew.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from hypviz.errors import HypvizError
from hypviz.exchange.table import OF_PROBLEM, head
from hypviz.marking import RULES
from hypviz.records.evaluations import Mark, Outcome
from hypviz.records.problems import NUMBER, Choice, Problem, write_answer
from hypviz.scoring.rules import mark
from hypviz.scoring.votes import majority_rows

_WANTED = "give what evaluate --out or --csv wrote, as it was written"
_LONGEST_CELL = 1 << 27
_OF_PROBLEM_BEFORE = tuple(head for head in OF_PROBLEM if head != "value")  # when `expected` held it


Said = tuple[str, str, dict[str, tuple[str | None, int, int, str]]]  # text, how it ended, and by rule value, start, end, state


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A mark that is not what the file says: the number of the problem, the column, the rule, and the sample, counted from 1."""

    number: int
    column: str
    rule: str
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Of n problems in `samples` samples: `n_marks` marks made anew, those that differ, and the right answers by column and rule."""

    n: int
    samples: int
    rule: str
    n_marks: int
    parted: tuple[Parted, ...]
    right: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A problem as the file has it, with what every column says in every sample."""

    problem: Problem
    rule: str
    said: dict[str, list[Said]]


def is_ours(data: bytes) -> bool:
    """Whether a file begins as one that can be recomputed: a table with our heads, or JSON lines with columns and how they were made."""
    start = data.removeprefix(b"\xef\xbb\xbf")
    if start.startswith(tuple(",".join(heads).encode() for heads in (OF_PROBLEM, _OF_PROBLEM_BEFORE))):
        return True
    try:
        first: object = json.loads(start.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and {"columns", "made", "question"} <= cast("dict[str, Any]", first).keys()


def again(data: bytes, name: str) -> Again:
    """Everything made anew; `HypvizError` for a file that is none of ours or lacks a part."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HypvizError(f"{name} is no text in UTF-8; {_WANTED}.") from error
    try:
        rows = _lines(text) if text.lstrip()[:1] == "{" else _table(text)
        if not rows:
            raise HypvizError(f"{name} holds no problem; {_WANTED}.")
        return _made_again(rows)
    except (KeyError, ValueError, TypeError, IndexError, ArithmeticError, csv.Error, RecursionError) as error:
        raise HypvizError(f"{name} is no evaluation that can be recomputed ({type(error).__name__}: {error}); {_WANTED}.") from error


def _made_again(rows: Sequence[_Written]) -> Again:
    names = list(rows[0].said)
    rules = list(rows[0].said[names[0]][0][2])
    n_samples = len(rows[0].said[names[0]])
    rounds = [[_outcome(row, names, rules, j) for row in rows] for j in range(n_samples)]
    parted = [
        Parted(number=i + 1, column=column, rule=rule, sample=j + 1)
        for j, outcomes in enumerate(rounds)
        for i, (outcome, row) in enumerate(zip(outcomes, rows, strict=True))
        for k, column in enumerate(names)
        for rule in rules
        if _as_written(outcome.marks[rule][k]) != row.said[column][j][2][rule]
    ]
    counted = {rule: majority_rows(rounds, rule) for rule in rules}
    right = {column: {rule: sum(row.right[k] for row in counted[rule]) for rule in rules} for k, column in enumerate(names)}
    n_marks = len(rows) * n_samples * len(names) * len(rules)
    return Again(n=len(rows), samples=n_samples, rule=rows[0].rule, n_marks=n_marks, parted=tuple(parted), right=right)


def _outcome(row: _Written, names: Sequence[str], rules: Sequence[str], j: int) -> Outcome:
    texts, ended = tuple(row.said[name][j][0] for name in names), tuple(row.said[name][j][1] for name in names)
    said = list(zip(texts, ended, strict=True))
    marks = {rule: tuple(mark(text, end, row.problem, RULES.require(rule)) for text, end in said) for rule in rules}
    return Outcome(problem=row.problem, texts=texts, ended=ended, rule=row.rule, marks=marks)


def _as_written(found: Mark) -> tuple[str | None, int, int, str]:
    return None if found.value is None else write_answer(found.value), found.start, found.end, found.state


def _lines(text: str) -> list[_Written]:
    rows: list[_Written] = []
    for line in (line for line in text.split("\n") if line.strip()):
        body: dict[str, Any] = json.loads(line)
        problem = _problem(body, body["answer"], body["options"], body["given"], body["group"])
        columns = cast("dict[str, dict[str, Any]]", body["columns"])
        said = {name: [_of_json(one, problem) for one in column.get("samples", [column])] for name, column in columns.items()}
        rows.append(_Written(problem=problem, rule=body["rule"], said=said))
    return rows


def _of_json(one: Mapping[str, Any], problem: Problem) -> Said:
    marks = {rule: (_json_text(m["found"]), *m["span"], m["state"]) for rule, m in one["marks"].items()}
    return one["text"], one["ended"], marks


def _json_text(found: object) -> str | None:
    return None if found is None else found if isinstance(found, str) else write_answer(_number(found))


def _number(value: object) -> Fraction:
    """A number of JSON or as `write_answer` writes it, however long."""
    top, _, bottom = (repr(value) if isinstance(value, float) else str(value)).partition("/")
    return Fraction(Decimal(top)) / Fraction(Decimal(bottom or 1))


def _table(text: str) -> list[_Written]:
    longest = csv.field_size_limit(_LONGEST_CELL)
    try:
        heads, *lines = csv.reader(io.StringIO(text, newline=""))
    finally:
        csv.field_size_limit(longest)
    rows = [{_bare(name): _bare(cell) for name, cell in zip(heads, line, strict=True)} for line in lines if line]
    made = [cast("dict[str, Any]", json.loads(row["made"])) for row in rows]
    return [_of_table(row, list(one["columns"])) for row, one in zip(rows, made, strict=True)]


def _of_table(row: Mapping[str, str], names: Sequence[str]) -> _Written:
    problem = _problem(row, row.get("value", row["expected"]), json.loads(row["options"]), row["given"] or None, row["group"] or None)
    several = head(names[0], "text") not in row
    numbers = [number for number in range(1, len(row)) if head(names[0], "text", sample=number) in row] if several else [0]
    rules = [rule for rule in RULES if head(names[0], "state", rule=rule, sample=numbers[0]) in row]
    said = {name: [_of_cells(row, name, rules, number) for number in numbers] for name in names}
    return _Written(problem=problem, rule=row["rule"], said=said)


def _of_cells(row: Mapping[str, str], name: str, rules: Sequence[str], number: int) -> Said:
    def cell(what: str, rule: str = "") -> str:
        return row[head(name, what, rule=rule, sample=number)]

    marks = {rule: (cell("read", rule) or None, int(cell("from", rule)), int(cell("to", rule)), cell("state", rule)) for rule in rules}
    return cell("text"), cell("ended"), marks


def _bare(cell: str) -> str:
    return cell.removeprefix("'")


def _problem(row: Mapping[str, Any], answer: object, options: Sequence[Mapping[str, str]], given: str | None, group: str | None) -> Problem:
    """The problem without its worked text; the harness's rules read the reference as it was given."""
    kind = row["kind"]
    return Problem(
        question=row["question"],
        solution="",
        answer=str(answer) if kind != NUMBER else _number(answer),
        skill="",
        source="",
        given=given,
        kind=kind,
        options=tuple(Choice(label=option["label"], text=option["text"]) for option in options),
        group=group,
    )
