"""How a question is put to a model: by which template, behind which system text, and behind which worked examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypviz.records.base import Record

CHAT, PAPER, QUESTION, NONE = "chat", "paper", "question", "none"  # entries of `hypviz.templates`; what others are is their own affair


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot(Record):
    """A question with its worked answer, put before the one that is asked."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(Record):
    """The name of a template, the text of the system's turn (empty: the template's own, or none), and the worked examples in order.

    The default is how fine-tunes learned before they had a choice.
    """

    template: str = QUESTION
    system: str = ""
    shots: tuple[Shot, ...] = ()

    @property
    def identity(self) -> dict[str, Any]:
        """What a spec says of it: all of it, the examples by their texts."""
        return {"template": self.template, "system": self.system, "shots": [[shot.question, shot.answer] for shot in self.shots]}

    @property
    def stops_at_question(self) -> bool:
        """Whether an answer ends where the model begins a new "Question:", as only one template would have it."""
        return self.template == QUESTION


PLAIN_QUESTION = Asking()
