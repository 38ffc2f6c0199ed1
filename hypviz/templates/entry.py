"""What an entry of the templates' registry says: how a question with its examples becomes a text or the turns of a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypviz.records.asking import Asking
from hypviz.registry import Entry

SYSTEM, USER, ASSISTANT = "system", "user", "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a chat: who speaks (`SYSTEM`, `USER` or `ASSISTANT`), and what."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Entry):
    """A way of asking; `takes_system` and `takes_shots` say whether a system text and worked examples have a place in it."""

    takes_system: bool = False
    takes_shots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTemplate(Template):
    """`write(asking, question)` is the text that the model continues, `before_answer` what a worked answer to it begins with."""

    write: Callable[[Asking, str], str]
    before_answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTemplate(Template):
    """`turns(asking, question)` are written as text by the template of the model's own tokenizer, which then opens the answer's turn."""

    turns: Callable[[Asking, str], tuple[Turn, ...]]
