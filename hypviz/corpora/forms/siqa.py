"""SIQA as published (context, question, answerA to answerC, label from 1), asked as the paper's release asks it."""

from __future__ import annotations

from hypviz.corpora.forms.entry import Cells, Form, Reading, filled
from hypviz.corpora.forms.offering import QUESTION, counted, offered, text_of

_TEXTS = ("answera", "answerb", "answerc")


def read(cells: Cells, source: str) -> Reading:
    """The question behind its context, with three answers."""
    right, reason = counted(cells.get("label"), 1, len(_TEXTS))
    if right is None:
        return Reading(reason=reason)
    question = f"{cells['context'].strip()} {cells['question'].strip()}"
    texts = [cells[name] for name in _TEXTS]
    return Reading(problem=offered(QUESTION, question, texts, right, source=source, given=text_of(cells["label"])))


ENTRY = Form(
    name="siqa",
    label="SIQA",
    help="context, question, answerA, answerB, answerC and label (1 to 3)",
    order=32,
    columns=("context", "question", "answerA", "answerB", "answerC", "label"),
    fits=lambda cells: filled(cells, "context", "question", *_TEXTS),
    read=read,
)
