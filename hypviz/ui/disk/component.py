"""The disk in the browser: one mount for the scene in bytes, one for control messages, and what the person did in it.

Streamlit sends a mount again when anything in it changes, so the two are apart: a click or a search moves the small one only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from hypviz.records.layout import DiskLayout
from hypviz.studies.disk import TokenNeighbours
from hypviz.ui.disk.joining import package_module


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the component: a token picked or let go, one under the mouse, a text to tokenise, how to follow it through the
    layers (a lens, perhaps with a token's number; empty: not at all), or tokens to measure; exactly one of them is there.

    `number` is that of a pick, 0 where it has none; the answer repeats the last one, so that the browser knows what was taken.
    """

    picked: int | None = None
    let_go: bool = False
    looked_at: int | None = None
    prompt: str | None = None
    measured: tuple[int, ...] | None = None
    followed: str | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is drawn over the tokens beside the selection: the `pins` of a text with their neighbours, the ids of the `four` tokens that
    attain the delta of what was measured, and the text's `path` through the layers as `path_message` gives it."""

    pins: dict[str, Any] | None
    four: list[int]
    path: dict[str, Any] | None


# the words come up after some seconds, unless the script has marked the document as one in which it runs
ABSENT = """<style>
@keyframes hypviz-late { to { visibility: visible; } }
.hypviz-absent { visibility: hidden; animation: hypviz-late 0s 8s forwards; }
[data-hypviz-disk] .hypviz-absent { display: none; }
</style>
<p class="hypviz-absent"><b>Nothing is drawn here</b>: this browser, or something between it and the server, keeps the picture's script from
running. Take the picture as a page of its own with “Page” above, or its numbers with “Data”.</p>"""

_scene = component("hypviz_disk", html='<div class="hypviz-disk"></div>', js=package_module("mount"))
_control = component("hypviz_disk_control", html="<div></div>", js=package_module("control"))


def mount_disk(
    scene: bytes,
    key: str,
    *,
    title: str,
    layout: DiskLayout,
    colour: str,
    found: TokenNeighbours | None,
    looked: TokenNeighbours | None,
    lost: str | None,
    marks: Marks,
    answer: Callable[[Said], None],
) -> None:
    """Draw `scene` (a `DiskScene` as bytes, whose words hold `key`) and steer it.

    `title` is the page's finding, for pictures that leave it. `found` are the neighbours of the selected token, `looked` those of the one
    under the mouse; `lost` says why the token in the address is not there. `answer` is called with what was done, before the next run.
    """

    def heard() -> None:
        said = read_message(getattr(st.session_state.get(name), "said", None))
        if said is not None:
            st.session_state[numbered] = max(said.number, st.session_state.get(numbered, 0))
            answer(said)

    name, numbered = f"disk-control-{key}", f"disk-number-{key}"
    _scene(key=f"disk-{key}", data=scene)
    message = {
        "scene": key,
        "colour": colour,
        "title": title,
        "heard": st.session_state.get(numbered, 0),
        "neighbours": _neighbours(layout, found),
        "look": _neighbours(layout, looked),
        "lost": lost,
        "pins": marks.pins,
        "four": marks.four,
        "path": marks.path,
    }
    _control(key=name, data=message, on_said_change=heard)


def words_where_no_script_runs() -> None:
    """What to take instead of a picture that the browser does not draw; seen only there."""
    st.html(ABSENT)


def read_message(message: object) -> Said | None:
    """A message of the browser, which may hold anything; None for what is no message."""
    if not isinstance(message, dict):
        return None
    said = cast("dict[str, object]", message)
    if not all(_is_whole(text) for text in said.values() if isinstance(text, str)):
        return None
    at = said.get("at")
    number = at if isinstance(at, int) and not isinstance(at, bool) else 0
    picked, looked, prompt, path = said.get("pick"), said.get("look"), said.get("prompt"), said.get("path")
    if isinstance(prompt, str):
        return Said(prompt=prompt)
    measured = _whole_numbers(said.get("measure"))
    if measured is not None:
        return Said(measured=measured)
    if isinstance(path, str):
        return Said(followed=path)
    if isinstance(looked, int) and not isinstance(looked, bool):
        return Said(looked_at=looked)
    if isinstance(picked, int) and not isinstance(picked, bool):
        return Said(picked=picked, number=number)
    return Said(let_go=True, number=number) if "pick" in said and picked is None else None


def _is_whole(text: str) -> bool:
    """Whether no half of a surrogate pair is in it, which no address can hold."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _whole_numbers(value: object) -> tuple[int, ...] | None:
    """A list of token ids, None for anything else."""
    if not isinstance(value, list):
        return None
    found = cast("list[object]", value)
    ids = [each for each in found if isinstance(each, int) and not isinstance(each, bool) and 0 <= each < 2**31]
    return tuple(ids) if len(ids) == len(found) else None


def _neighbours(layout: DiskLayout, found: TokenNeighbours | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "id": int(layout.token_ids[found.row]),
        "nearest": layout.token_ids[found.nearest].tolist(),
        "cosine": np.round(found.cosine, 4).tolist(),
        "kept": [bool(kept) for kept in found.in_disk],
    }
