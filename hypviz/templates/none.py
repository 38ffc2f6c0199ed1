"""No template: the model continues the text as it stands."""

from __future__ import annotations

from hypviz.records.asking import NONE, Asking
from hypviz.templates.entry import TextTemplate


def write(asking: Asking, question: str) -> str:
    """The text itself."""
    return question


ENTRY = TextTemplate(name=NONE, label="As it stands", help="the text as it stands", order=40, takes_shots=False, write=write)
