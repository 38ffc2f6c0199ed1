"""Every problem of an evaluation as a row of a CSV file, with what each column answered and how each rule marks it; no formula in it."""

from __future__ import annotations

import csv
import io

from hypviz.records.answers import RIGHT
from hypviz.records.evaluations import Evaluation
from hypviz.records.problems import write_answer
from hypviz.words.cells import plain


def rows_csv(found: Evaluation) -> bytes:
    """In UTF-8 with a byte-order mark, which spreadsheets ask for; a ``'`` stands before what one would take for a formula."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    heads = ["number", "question", "expected", "skill"]
    for column in found.columns:
        heads += [f"{column.name}: {what}" for what in ("text", "ended", "state")]
        heads += [f"{column.name}: {what} ({rule})" for rule in found.rules for what in ("read", "right")]
    write.writerow([plain(head) for head in heads])
    for i, row in enumerate(found.outcomes):
        cells: list[object] = [i + 1, row.question, _digits(write_answer(row.answer)), row.skill]
        for k in range(len(found.columns)):
            cells += [row.texts[k], row.ended[k], row.states[k]]
            for mark in (row.marks[rule][k] for rule in found.rules):
                cells += ["" if mark.value is None else _digits(write_answer(mark.value)), int(mark.state == RIGHT)]
        write.writerow([cell.text if isinstance(cell, _Digits) else plain(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


class _Digits:
    """A number as it is written, which is no formula though it may begin with a minus."""

    def __init__(self, text: str) -> None:
        self.text = text


def _digits(text: str) -> object:
    return _Digits(text) if text.lstrip("-").replace(".", "", 1).isdigit() else text
