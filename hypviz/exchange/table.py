"""Every problem of an evaluation as a row of a CSV file, with all that its marks and counts follow from; no formula in it.

In: as `exchange.rows`. Out: the bytes. What a column says of sample 2 stands under ``name: text, sample 2``; without samples under
``name: text``. The reference stands there as it was given (`expected`) and as the number or text that it is (`value`). A reader takes one
``'`` off every cell that begins with it.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json

from hypviz.exchange.rows import Prompts, how, samples_of_row
from hypviz.records.answers import RIGHT
from hypviz.records.evaluations import Evaluation, Outcome
from hypviz.records.problems import write_answer
from hypviz.words.cells import plain
from hypviz.words.references import as_given

OF_PROBLEM = ("number", "question", "expected", "value", "skill", "prompt", "kind", "options", "given", "group", "rule", "made")
OF_ANSWER, OF_MARK = ("text", "ended"), ("read", "from", "to", "state", "right")


def rows_csv(found: Evaluation, *, version: str = "", prompts: Prompts | None = None) -> bytes:
    """In UTF-8 with a byte-order mark, which spreadsheets ask for; a ``'`` stands before what one would take for a formula."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([plain(head) for head in _heads(found)])
    made = json.dumps(how(found, version), ensure_ascii=False)
    for i in range(found.n):
        cells = _of_problem(i, found.outcomes[i], (prompts or {}).get(found.outcomes[i].question, ""), made)
        for row in samples_of_row(found, i):
            cells += [cell for k in range(len(found.columns)) for cell in _of_answer(row, k)]
        write.writerow([cell.text if isinstance(cell, _Digits) else plain(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def head(column: str, what: str, *, rule: str = "", sample: int = 0) -> str:
    """The head over what a column says: ``lora: read (paper), sample 2``; 0 for no number."""
    return f"{column}: {what}{f' ({rule})' if rule else ''}{f', sample {sample}' if sample else ''}"


def _heads(found: Evaluation) -> list[str]:
    heads: list[str] = [*OF_PROBLEM]
    numbers = range(1, len(found.rounds) + 1) if found.rounds else [0]
    for number in numbers:
        for column in found.columns:
            heads += [head(column.name, what, sample=number) for what in OF_ANSWER]
            heads += [head(column.name, what, rule=rule, sample=number) for rule in found.rules for what in OF_MARK]
    return heads


def _of_problem(i: int, row: Outcome, prompt: str, made: str) -> list[object]:
    asked = row.problem
    options = json.dumps([dataclasses.asdict(option) for option in asked.options], ensure_ascii=False)
    value = _digits(write_answer(row.answer))
    first = [i + 1, row.question, _digits(as_given(asked)), value, row.skill, prompt, asked.kind, options]
    return [*first, "" if asked.given is None else asked.given, "" if asked.group is None else asked.group, row.rule, made]


def _of_answer(row: Outcome, k: int) -> list[object]:
    cells: list[object] = [row.texts[k], row.ended[k]]
    for marks in row.marks.values():
        mark = marks[k]
        read = "" if mark.value is None else _digits(write_answer(mark.value))
        cells += [read, mark.start, mark.end, mark.state, int(mark.state == RIGHT)]
    return cells


class _Digits:
    """A number as it is written, which is no formula though it may begin with a minus."""

    def __init__(self, text: str) -> None:
        self.text = text


def _digits(text: str) -> object:
    return _Digits(text) if text.lstrip("-").replace(".", "", 1).isdigit() else text
