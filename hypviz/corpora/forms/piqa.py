"""PIQA as published (goal, sol1, sol2, label from 0), asked as the paper's release asks it."""

from __future__ import annotations

from hypviz.corpora.forms.entry import Cells, Form, Reading, filled
from hypviz.corpora.forms.offering import Asked, counted, offered, text_of

ASKED = Asked(intro="Please choose the correct solution to the question: ", stem="solution", between="\n\n")


def read(cells: Cells, source: str) -> Reading:
    """The goal with its two solutions."""
    right, reason = counted(cells.get("label"), 0, 2)
    if right is None:
        return Reading(reason=reason)
    texts = (cells["sol1"], cells["sol2"])
    return Reading(problem=offered(ASKED, cells["goal"], texts, right, source=source, given=text_of(cells["label"])))


ENTRY = Form(
    name="piqa",
    label="PIQA",
    help="goal, sol1, sol2 and label (0 or 1)",
    order=31,
    columns=("goal", "sol1", "sol2", "label"),
    fits=lambda cells: filled(cells, "goal", "sol1", "sol2"),
    read=read,
)
