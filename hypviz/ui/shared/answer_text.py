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
from hypviz.words.next_tokens import END_SIGN, has_end_token, hover, token_table

ENDINGS = {
    END_OF_TEXT: END_SIGN,
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
    read: Mark | None = None,
    steps: Sequence[Step] = (),
) -> None:
    """The finished answer of the column `name`; the two places are token positions, the number of tokens standing for its end.

    `marks` has one for each token, or none at all: "step0" to "step4" of a measure, "word", or "". What was `read` as the answer is framed
    inside the tokens and its `steps` are underlined. The token that ended the text has none: the sign of the end stands in its place.
    """
    tokens = _told(generation, titles, name)
    for token, mark in zip(tokens, marks, strict=False):
        token["mark"] = mark
    for token, parts in zip(tokens, parts_of_tokens(generation.pieces, read, steps), strict=True):
        if parts:
            token["parts"] = parts
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


def _told(generation: Generation, titles: Mapping[str, str], name: str) -> list[dict[str, Any]]:
    """The tokens with what is said of each on hover; the last one with the sign of the end, if it ended the text."""
    probabilities = [math.exp(min(0.0, float(p))) for p in generation.log_probs]
    tokens: list[dict[str, Any]] = [{"text": text, "probability": p} for text, p in zip(generation.pieces, probabilities, strict=True)]
    for token, more in zip(tokens, hover(generation, titles, name), strict=False):  # none of an answer without such records
        token["more"] = more
    if has_end_token(generation):
        tokens[-1]["sign"] = END_SIGN
    return tokens


def show_swatches(labels: Sequence[str], *, key: str) -> None:
    """The legend of the steps that tokens are coloured in, the weakest first."""
    tokens = [{"text": f" {label} ", "probability": None, "mark": f"step{step}"} for step, label in enumerate(labels)]
    _mount(key=key, data=_data(tokens, "Legend of the colours", BASE, None, None, ending="", running=False, table=None) | {"legend": True})


def show_running(pieces: Sequence[str], *, method: str, title: str, key: str, running: bool) -> None:
    """An answer while it is being written."""
    _show([{"text": text, "probability": None} for text in pieces], method, title, key, None, None, ending="", running=running)


def show_plain(text: str, *, method: str, title: str, key: str, read: Mark | None = None, steps: Sequence[Step] = ()) -> None:
    """An answer of which only the text is known, with what was `read` as the answer framed and its steps underlined."""
    cut = _with_ends([[{"text": part, "mark": " ".join(marks)} for part, marks in marked_parts(text, read, steps)]])
    tokens = [part | {"probability": None} for part in cut[0]]
    _show(tokens, method, title, key, None, None, ending="", running=False)


def parts_of_tokens(pieces: Sequence[str], read: Mark | None, steps: Sequence[Step]) -> list[list[dict[str, str]]]:
    """For every token its parts with their marks, in the order of the text; none for a token without a mark."""
    spans, found, start = _spans(read, steps), list[list[dict[str, str]]](), 0
    for piece in pieces:
        inside = [(name, max(first - start, 0), min(last - start, len(piece))) for name, first, last in spans]
        inside = [(name, first, last) for name, first, last in inside if first < last]
        cut = [{"text": text, "mark": " ".join(names)} for text, names in _cut(piece, inside)] if inside else []
        found.append(cut)
        start += len(piece)
    return _with_ends(found)


def _with_ends(tokens: list[list[dict[str, str]]]) -> list[list[dict[str, str]]]:
    """The first and the last part of what was read, which may lie in several tokens, are marked as the ends of the frame."""
    read = [part for parts in tokens for part in parts if "read" in part["mark"].split()]
    for part, end in zip(read[:1] + read[-1:], ("opens", "closes"), strict=False):
        part["mark"] += f" {end}"
    return tokens


def marked_parts(text: str, read: Mark | None, steps: Sequence[Step]) -> list[tuple[str, list[str]]]:
    """The text cut where a mark begins or ends, each part with its marks: "read", "true", "untrue"."""
    return _cut(text, _spans(read, steps))


_Span = tuple[str, int, int]  # the mark, and from where to where


def _spans(read: Mark | None, steps: Sequence[Step]) -> list[_Span]:
    spans = [("true" if step.is_right else "untrue", step.start, step.end) for step in steps]
    if read is not None and read.value is not None:
        spans.append(("read", read.start, read.end))
    return spans


def _cut(text: str, spans: Sequence[_Span]) -> list[tuple[str, list[str]]]:
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
    if shown and shown[0]["text"].strip() and "parts" not in shown[0]:
        shown[0]["text"] = shown[0]["text"].lstrip()
    elif shown and "parts" in shown[0]:  # a mark begins behind the space
        first = shown[0]["parts"][0]
        shown[0]["parts"] = [{**first, "text": first["text"].lstrip()}, *shown[0]["parts"][1:]]
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
