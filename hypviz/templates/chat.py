"""The chat template that comes with the model's tokenizer, which instruct models were trained with."""

from __future__ import annotations

from hypviz.records.asking import CHAT, Asking
from hypviz.templates.entry import ASSISTANT, SYSTEM, USER, ChatTemplate, Turn


def turns(asking: Asking, question: str) -> tuple[Turn, ...]:
    """The system's turn if there is a text for it, a turn of each side for every example, and the question."""
    system = asking.system.strip()
    told = [Turn(role=SYSTEM, content=system)] if system else []
    for shot in asking.shots:
        told += [Turn(role=USER, content=shot.question.strip()), Turn(role=ASSISTANT, content=shot.answer.strip())]
    return (*told, Turn(role=USER, content=question.strip()))


ENTRY = ChatTemplate(
    name=CHAT,
    label="Chat template",
    help="that of the model's own tokenizer",
    order=10,
    takes_system=True,
    turns=turns,
)
