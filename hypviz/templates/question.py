"""``Question: ... / Answer:``, the form in which the bundled model was trained; examples stand before it in the same form."""

from __future__ import annotations

from hypviz.problems import format_prompt
from hypviz.records.asking import QUESTION, Asking
from hypviz.templates.entry import TextTemplate

BEFORE_ANSWER = " "


def write(asking: Asking, question: str) -> str:
    """The examples, an empty line behind each, and the question with its open answer."""
    shots = "".join(f"{format_prompt(shot.question)}{BEFORE_ANSWER}{shot.answer.strip()}\n\n" for shot in asking.shots)
    return shots + format_prompt(question)


ENTRY = TextTemplate(
    name=QUESTION,
    label="Question",
    help='"Question: ... Answer:", as the bundled model was trained',
    order=30,
    write=write,
    before_answer=BEFORE_ANSWER,
)
