"""The text of one answer in the browser: tokens with their probability on hover, and what differs from the other columns.

A Streamlit v2 component, because Markdown would change what a model wrote (arrows, dashes, emoji codes): the text reaches the
page through `textContent` only. Marks are colour plus a frame (first token unlike the base's, and all after it) or a thick line
(where the last two adapters part), so they are told apart without colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.resources import files
from itertools import pairwise
from typing import Any

import streamlit as st

from hypviz.marking import Step
from hypviz.methods import colour_of
from hypviz.records.answers import END_OF_TEXT, NEW_QUESTION, STOP_STRING, STOPPED, TIME_LIMIT, TOKEN_LIMIT, Generation, Mark

ENDINGS = {
    END_OF_TEXT: "∎ end",
    NEW_QUESTION: "∎ (the model begins a new question)",
    STOP_STRING: "∎ (a stop string)",
    TOKEN_LIMIT: "… (token limit)",
    STOPPED: "… (stopped)",
    TIME_LIMIT: "… (time limit)",
}


def _read(name: str) -> str:
    return files("hypviz.ui.shared").joinpath(name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "hypviz_answer", html='<div class="answer" role="article"></div>', css=_read("answer_text.css"), js=_read("answer_text.js")
)


def show_answer(generation: Generation, *, title: str, key: str, from_base: int | None = None, from_other: int | None = None) -> None:
    """A finished answer; the two marks are token positions, the number of tokens standing for its end."""
    probabilities = [math.exp(min(0.0, float(p))) for p in generation.log_probs]
    tokens = [{"text": text, "probability": p} for text, p in zip(generation.pieces, probabilities, strict=True)]
    _show(tokens, generation.weights.method, title, key, from_base, from_other, ending=ENDINGS[generation.ended], running=False)


def show_running(pieces: Sequence[str], *, method: str, title: str, key: str, running: bool) -> None:
    """An answer while it is being written."""
    _show([{"text": text, "probability": None} for text in pieces], method, title, key, None, None, ending="", running=running)


def show_plain(text: str, *, method: str, title: str, key: str, read: Mark | None = None, steps: Sequence[Step] = ()) -> None:
    """An answer of which only the text is known, with what was `read` as the answer framed and its steps underlined."""
    tokens = [{"text": part, "probability": None, "mark": " ".join(marks)} for part, marks in marked_parts(text, read, steps)]
    _show(tokens, method, title, key, None, None, ending="", running=False)


def marked_parts(text: str, read: Mark | None, steps: Sequence[Step]) -> list[tuple[str, list[str]]]:
    """The text cut where a mark begins or ends, each part with its marks: "read", "true", "untrue"."""
    spans = [("true" if step.is_right else "untrue", step.start, step.end) for step in steps]
    if read is not None and read.value is not None:
        spans.append(("read", read.start, read.end))
    edges = sorted({0, len(text), *(edge for _, start, end in spans for edge in (start, end))})
    return [
        (text[start:end], [name for name, first, last in spans if first <= start and end <= last])
        for start, end in pairwise(edges)
        if start < end
    ]


def _show(
    tokens: list[dict[str, Any]],
    method: str,
    title: str,
    key: str,
    from_base: int | None,
    from_other: int | None,
    *,
    ending: str,
    running: bool,
) -> None:
    shown = [dict(token) for token in tokens]
    if shown:
        shown[0]["text"] = shown[0]["text"].lstrip() or shown[0]["text"]
    data = {
        "label": f"Answer of {title}",
        "colour": colour_of(method),
        "tokens": shown,
        "from_base": from_base,
        "from_other": from_other,
        "ending": ending,
        "running": running,
    }
    _mount(key=key, data=data)
