"""A conversation: ``messages`` of role and content, or ShareGPT's ``conversations`` of from and value.

The last turn of the user is the question and the assistant's turn after it the answer. What was said before stands above the question,
each turn under its speaker, a system's text first.
"""

from __future__ import annotations

from typing import Any

from hypviz.corpora.forms.entry import Cells, Form, Reading, as_list, as_record, present
from hypviz.corpora.forms.plain import ANSWERS, answered
from hypviz.corpora.wording import quoted

LISTS = ("messages", "conversations", "conversation")
SPEAKERS = {
    **dict.fromkeys(("user", "human", "prompter"), "User"),
    **dict.fromkeys(("assistant", "gpt", "bot", "model", "chatgpt", "bing", "bard"), "Assistant"),
    "system": "System",
}


def read(cells: Cells, source: str) -> Reading:
    """The last question with what was said before it, and its answer."""
    turns: list[tuple[str, str]] = []
    for turn in _turns(cells):
        speaker, text, reason = _turn(turn)
        if reason:
            return Reading(reason=reason)
        if text:
            turns.append((speaker, text))
    at = next((place for place in reversed(range(len(turns))) if turns[place][0] == "User"), None)
    if at is None:
        return Reading(reason="has no turn of a user")
    answer = " ".join(text for _, text in turns[at + 1 :])
    question = _question(turns[: at + 1])
    raw = present(cells, *ANSWERS)
    if raw is None and not answer:
        return Reading(reason="ends with a question that has no answer")
    return answered(question, answer if raw is None else raw, answer, source)


def _turns(cells: Cells) -> list[Any]:
    return next(turns for name in LISTS if (turns := as_list(cells.get(name))) is not None)


def _turn(turn: Any) -> tuple[str, str, str]:
    """Who speaks, what is said, and why it cannot be read."""
    told = as_record(turn)
    if told is None:
        return "", "", "has a turn without a speaker"
    role, said = told.get("role", told.get("from")), told.get("content", told.get("value"))
    speaker = SPEAKERS.get(str(role).strip().casefold())
    if speaker is None:
        return "", "", f"has a turn of “{quoted(str(role))}”, which is not read"
    several = as_list(said)
    if several is not None:
        parts = [record.get("text") if (record := as_record(part)) is not None else part for part in several]
        said = "\n".join(str(part) for part in parts) if all(isinstance(part, str) for part in parts) else None
    if not isinstance(said, str):
        return "", "", "has a turn that is not text"
    return speaker, said.strip(), ""


def _question(turns: list[tuple[str, str]]) -> str:
    """The last turn; what came before it stands above."""
    system = [text for speaker, text in turns if speaker == "System"]
    said = [(speaker, text) for speaker, text in turns if speaker != "System"]
    last = said[-1][1] if len(said) == 1 else "\n\n".join(f"{speaker}: {text}" for speaker, text in said)
    return "\n\n".join([*system, last])


ENTRY = Form(
    name="conversation",
    label="Conversation",
    help="messages, or ShareGPT's conversations: the last question and its answer",
    order=10,
    columns=("messages",),
    fits=lambda cells: any(isinstance(cells.get(name), list) for name in LISTS),
    read=read,
)
