"""What the address says of the disk: the selected token, the pinned text, its path through the layers, and the point of view of a link."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from hypviz.errors import HypvizError
from hypviz.plots.token_text import visible
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.path import LENSES
from hypviz.ui.disk.viewpoint import CAMERA
from hypviz.ui.shell.session import MODEL_PARAMETER, current_source

ADDRESS, ADDRESS_OF = "_disk-address", "_disk-model"
TOKEN, PINS, PATH = "token", "pin", "path"
LONGEST_PIN, MOST_PINS = 300, 64  # characters in the address, tokens on the disk


def selected_row(layout: DiskLayout) -> int | None:
    """The row of the token in the URL; None without one, and where it is not laid out."""
    named = _number(st.query_params.get(TOKEN, ""))
    rows = np.flatnonzero(layout.token_ids == named) if named is not None else np.array([], dtype=int)
    return int(rows[0]) if rows.size else None


def lost_token(layout: DiskLayout, table: TokenTable) -> str | None:
    """What is said instead of a token in the URL that is not among the laid out ones; None where it is, and without one."""
    named = st.query_params.get(TOKEN)
    if named is None or selected_row(layout) is not None:
        return None
    number = _number(named)
    if number is None:
        return f"The address says {TOKEN}={named[:40]}, which is no token's number; no token is selected."
    word = f" “{visible(table.text[number])}”" if number < len(table.text) else ""
    return (
        f"Token {named[:40]}{word} is not among the {len(layout.token_ids):,} tokens of this layout; search for another one, or lay out "
        "more tokens under More if this is not the whole vocabulary, or take in those whose rows were never trained."
    )


def _number(named: str) -> int | None:
    """The id that a text of the URL is, None for one that is none."""
    return int(named) if named.isascii() and named.isdecimal() and len(named) < 19 else None


def remember_address() -> None:
    """Keep what the address says of this page; called whenever the picture was drawn."""
    st.session_state[ADDRESS] = {name: value for name, value in st.query_params.items() if name != MODEL_PARAMETER}
    st.session_state[ADDRESS_OF] = current_source()


def come_back() -> None:
    """Back from another page: the layout, the token and the text that were there, unless the address asks for something itself.

    Call before the controls are made, which read the session's state.
    """
    before = st.session_state.get(ADDRESS, {})
    if set(st.query_params) - {MODEL_PARAMETER} or st.session_state.get(ADDRESS_OF) != current_source():
        return
    for name, value in before.items():
        st.query_params[name] = value


def select(token_id: int) -> None:
    """Select a token and move it to the middle."""
    st.query_params[TOKEN] = str(token_id)
    st.query_params.pop(CAMERA, None)


def forget_camera() -> None:
    """Let go of the point of view in a link: it was for another layout."""
    st.query_params.pop(CAMERA, None)


def clear() -> None:
    """Nothing selected, nothing pinned, nothing followed."""
    for name in (TOKEN, PINS, PATH, CAMERA):
        st.query_params.pop(name, None)


def pin(text: str) -> None:
    """Keep a text whose tokens are marked on the disk; an empty one lets go of them, and of its path."""
    if text.strip():
        st.query_params[PINS] = text[:LONGEST_PIN]
        return
    for name in (PINS, PATH):
        st.query_params.pop(name, None)


def pinned_text() -> str:
    """The text in the address whose tokens are marked."""
    return st.query_params.get(PINS, "")[:LONGEST_PIN]


def follow(asked: str) -> None:
    """Keep that the pinned text is followed through the layers: a lens and, after a comma, which of its tokens; empty: let go."""
    if asked:
        st.query_params[PATH] = asked
    else:
        st.query_params.pop(PATH, None)


def followed() -> str | None:
    """What the address says of a path, None where nothing is followed."""
    return st.query_params.get(PATH)


def read_followed(said: str) -> tuple[str, int | None]:
    """The lens and the number of the token, None for the last one; `HypvizError` for a text that is neither."""
    lens, comma, number = said.partition(",")
    if lens not in LENSES or (comma and not (number.isdecimal() and len(number) < 8)):
        choices = " or ".join(LENSES)
        raise HypvizError(
            f"The address says {PATH}={said[:40]}, which is no path; it is {choices}, with a comma and a token's number or not."
        )
    return lens, int(number) if comma else None


def pinned(ref: ModelRef, table: TokenTable, text: str) -> dict[str, Any] | None:
    """Ids and pieces of the tokens of `text` for the component, None without a text.

    Here the name of a control token (``<s>``) is that token, because one wants to see where it lies; `HypvizError` for one that has
    no row.
    """
    if not text:
        return None
    from hypviz.studies.models import encode_plain

    (ids,) = encode_plain(ref, [text], control_tokens=True, what="The pinned text")
    marked = ids[:MOST_PINS]
    cut = LONGEST_PIN if len(st.query_params.get(PINS, "")) > LONGEST_PIN else None
    return {"ids": marked, "pieces": [table.text[i] for i in marked], "left": len(ids) - len(marked), "text": text, "cut": cut}
