"""BoolQ as published (question, passage, answer), asked as the paper's release asks it: without the passage."""

from __future__ import annotations

from typing import Any

from hypviz.corpora.forms.entry import Cells, Form, Reading, filled
from hypviz.corpora.forms.offering import text_of, true_or_false
from hypviz.corpora.table import NumberLiteral
from hypviz.records.problems import TRUTHS

_BY_LABEL = {"0": "false", "1": "true"}  # SuperGLUE's classes


def read(cells: Cells, source: str) -> Reading:
    """The question with a question mark, and true or false."""
    answer = _truth(cells)
    if answer is None:
        return Reading(reason="has no answer, as in a test set whose answers are not published")
    question = cells["question"].strip()
    question = question if question.endswith("?") else f"{question}?"
    return Reading(problem=true_or_false(question, answer, source=source, given=answer))


def _truth(cells: Cells) -> str | None:
    said = cells.get("answer")
    if isinstance(said, (bool, str)) and str(said).strip().casefold() in TRUTHS:
        return str(said).strip().casefold()
    return _BY_LABEL.get(text_of(cells["label"])) if _is_label(cells.get("label")) else None


def _is_label(raw: Any) -> bool:
    return isinstance(raw, (str, NumberLiteral))


def fits(cells: Cells) -> bool:
    """Whether a passage stands beside a question that true or false answers, or SuperGLUE's label."""
    return filled(cells, "passage", "question") and (_truth(cells) is not None or ("answer" not in cells and _is_label(cells.get("label"))))


ENTRY = Form(
    name="boolq",
    label="BoolQ",
    help="question, passage and answer (true or false)",
    order=30,
    columns=("question", "passage", "answer"),
    fits=fits,
    read=read,
    notice="BoolQ is asked without its passages, as the paper's release asks it.",
)
