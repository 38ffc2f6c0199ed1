"""WinoGrande as published (sentence, option1, option2, answer from 1), asked as the paper's release asks it."""

from __future__ import annotations

from hypviz.corpora.forms.entry import Cells, Form, Reading, filled
from hypviz.corpora.forms.offering import Asked, counted, offered, text_of

ASKED = Asked(
    intro="Please choose the correct answer to fill in the blank to complete the given sentence: ", stem="option", before_format=" "
)


def read(cells: Cells, source: str) -> Reading:
    """The sentence with its two options."""
    right, reason = counted(cells.get("answer"), 1, 2)
    if right is None:
        return Reading(reason=reason)
    texts = (cells["option1"], cells["option2"])
    return Reading(problem=offered(ASKED, cells["sentence"], texts, right, source=source, given=text_of(cells["answer"])))


ENTRY = Form(
    name="winogrande",
    label="WinoGrande",
    help="sentence, option1, option2 and answer (1 or 2)",
    order=34,
    columns=("sentence", "option1", "option2", "answer"),
    fits=lambda cells: filled(cells, "sentence", "option1", "option2"),
    read=read,
)
