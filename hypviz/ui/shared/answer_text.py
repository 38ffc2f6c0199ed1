"""The text of one answer in the browser: tokens with what could have stood there on hover and in a list, and what differs elsewhere.

A Streamlit v2 component, because Markdown would change what a model wrote (arrows, dashes, emoji codes): the text reaches the
page through `textContent` only. Marks are colour plus a frame (first token unlike the base's, and all after it) or a thick line
(where the last two adapters part), so they are told apart without colour. In place of these, tokens may be coloured in steps, each with a
thicker line below it than the one before, or words marked by a double line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from typing import Any

import streamlit as st

from hypviz.marking import Step
from hypviz.methods import colour_of
from hypviz.records.answers import BASE, END_OF_TEXT, NEW_QUESTION, STOP_STRING, STOPPED, TIME_LIMIT, TOKEN_LIMIT, Generation
from hypviz.records.evaluations import Mark
from hypviz.words.next_tokens import hover, token_table

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


_HTML = """<div class="answer" role="article"></div>
<details class="tokens" hidden><summary>Token by token</summary>
<div class="rows" role="region" tabindex="0" aria-label="Token by token"><table></table></div></details>"""
_mount = st.components.v2.component("hypviz_answer", html=_HTML, css=_read("answer_text.css"), js=_read("answer_text.js"))


def show_answer(
    generation: Generation,
    *,
    titles: Mapping[str, str],
    name: str,
    key: str | None = None,
    from_base: int | None = None,
    from_other: int | None = None,
    marks: Sequence[str] = (),
) -> None:
    """The finished answer of the column `name`; the two marks are token positions, the number of tokens standing for its end.

    `marks` has one for each token, or none at all: "step0" to "step4" of a measure, "word", or "".
    """
    probabilities = [math.exp(min(0.0, float(p))) for p in generation.log_probs]
    tokens: list[dict[str, Any]] = [{"text": text, "probability": p} for text, p in zip(generation.pieces, probabilities, strict=True)]
    for token, more in zip(tokens, hover(generation, titles, name), strict=False):  # none of an answer without such records
        token["more"] = more
    for token, mark in zip(tokens, marks, strict=False):
        token["mark"] = mark
    head, rows = token_table(generation, titles, name)
    table = {"head": head, "rows": rows} if rows else None
    ending = ENDINGS[generation.ended]
    _show(
        tokens,
        generation.weights.method,
        titles[name],
        key or f"answer-{name}",
        from_base,
        from_other,
        ending=ending,
        running=False,
        table=table,
    )


def show_swatches(labels: Sequence[str], *, key: str) -> None:
    """The legend of the steps that tokens are coloured in, the weakest first."""
    tokens = [{"text": f" {label} ", "probability": None, "mark": f"step{step}"} for step, label in enumerate(labels)]
    _mount(key=key, data=_data(tokens, "Legend of the colours", BASE, None, None, ending="", running=False, table=None) | {"legend": True})


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
    table: dict[str, Any] | None = None,
) -> None:
    _mount(key=key, data=_data(tokens, f"Answer of {title}", method, from_base, from_other, ending=ending, running=running, table=table))


def _data(
    tokens: list[dict[str, Any]],
    label: str,
    method: str,
    from_base: int | None,
    from_other: int | None,
    *,
    ending: str,
    running: bool,
    table: dict[str, Any] | None,
) -> dict[str, Any]:
    shown = [dict(token) for token in tokens]
    if shown:
        shown[0]["text"] = shown[0]["text"].lstrip() or shown[0]["text"]
    return {
        "label": label,
        "colour": colour_of(method),
        "tokens": shown,
        "from_base": from_base,
        "from_other": from_other,
        "ending": ending,
        "running": running,
        "table": table,
    }
