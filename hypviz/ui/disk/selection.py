"""Which token is selected and where the view is centred: both in the URL; and the search box that finds a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from hypviz.plots.token_text import visible
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef, TokenTable
from hypviz.ui.shell.session import MODEL_PARAMETER, current_source
from hypviz.ui.shell.text import escape_markdown

ADDRESS, ADDRESS_OF = "_disk-address", "_disk-model"
TOKEN, VIEW, ORIGIN, PINS, CAMERA = "token", "view", "origin", "pin", "camera"
LONGEST_PIN, MOST_PINS = 300, 64  # characters in the address, tokens on the disk
HITS = 12


def selected_row(layout: DiskLayout) -> int | None:
    """The row of the token in the URL, or None; a token that is not among the laid out ones is said and left out."""
    named = st.query_params.get(TOKEN)
    if named is None:
        return None
    rows = np.flatnonzero(layout.token_ids == int(named)) if named.isdecimal() and len(named) < 20 else np.array([], dtype=int)
    if rows.size:
        return int(rows[0])
    st.warning(
        f"Token {escape_markdown(named[:40])} is not among the {len(layout.token_ids):,} tokens of this layout; search for another one, or "
        "lay out more tokens under More if this is not the whole vocabulary."
    )
    return None


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


def is_centred() -> bool:
    """Whether the selected token stands in the middle."""
    return st.query_params.get(VIEW) != ORIGIN


def select(token_id: int) -> None:
    """Select a token and move it to the middle."""
    st.query_params[TOKEN] = str(token_id)
    for name in (VIEW, CAMERA):
        st.query_params.pop(name, None)


def forget_camera() -> None:
    """Let go of the point of view in a link: it was for another layout."""
    st.query_params.pop(CAMERA, None)


def back_to_origin() -> None:
    """The layout's own centre in the middle; the token stays selected."""
    st.query_params[VIEW] = ORIGIN


def to_the_middle() -> None:
    """The selected token in the middle again."""
    st.query_params.pop(VIEW, None)


def clear() -> None:
    """Nothing selected, nothing searched."""
    for name in (TOKEN, VIEW, PINS, CAMERA):
        st.query_params.pop(name, None)
    st.session_state["disk-search"] = ""


def pin(text: str) -> None:
    """Keep a text whose tokens are marked on the disk; an empty one lets go of them."""
    if text.strip():
        st.query_params[PINS] = text[:LONGEST_PIN]
    else:
        st.query_params.pop(PINS, None)


def pinned_text() -> str:
    """The text in the address whose tokens are marked."""
    return st.query_params.get(PINS, "")[:LONGEST_PIN]


def pinned(ref: ModelRef, table: TokenTable, text: str) -> dict[str, Any] | None:
    """Ids and pieces of the tokens of `text` for the component, None without a text.

    Here the name of a control token (``<s>``) is that token, because one wants to see where it lies; `HypvizError` for one that has
    no row.
    """
    if not text:
        return None
    from hypviz.models.tokenizer.tokens import encode_plain

    (ids,) = encode_plain(ref, [text], control_tokens=True, what="The pinned text")
    marked = ids[:MOST_PINS]
    cut = LONGEST_PIN if len(st.query_params.get(PINS, "")) > LONGEST_PIN else None
    return {"ids": marked, "pieces": [table.text[i] for i in marked], "left": len(ids) - len(marked), "text": text, "cut": cut}


def search_box(layout: DiskLayout, table: TokenTable) -> None:
    """A text field; the best match is selected, the others are offered beside it."""
    st.text_input(
        "Find a token",
        key="disk-search",
        icon=":material/search:",
        placeholder="dogs",
        on_change=_search,
        args=(layout, table),
        help="Best match first: the same text, then with a leading space, then tokens that begin with it or contain it.",
    )
    wanted = st.session_state.get("disk-search", "")
    if not wanted:
        return
    hits = find_tokens(wanted, [table.text[i] for i in layout.token_ids])
    if not hits:
        st.info(f"No token here contains “{escape_markdown(wanted)}”; the tokenizer may split it, so try a shorter piece.")
        return
    with st.container(horizontal=True, gap="small"):
        for row in hits:
            token = int(layout.token_ids[row])
            st.button(token_label(table.text[token]), key=f"hit-{token}", on_click=select, args=(token,), type="tertiary")


def find_tokens(wanted: str, texts: Sequence[str]) -> list[int]:
    """Rows of at most `HITS` tokens: equal, equal up to outer spaces, then ignoring case, by beginning, by containing."""
    lower, bare = wanted.lower(), wanted.strip().lower()

    def rank(text: str) -> int | None:
        if text == wanted:
            return 0
        tests = (text.strip() == wanted.strip(), text.strip().lower() == bare, text.strip().lower().startswith(bare), lower in text.lower())
        return next((i + 1 for i, holds in enumerate(tests) if holds), None) if bare or lower in text else None

    ranked = [(r, row) for row, text in enumerate(texts) if (r := rank(text)) is not None]
    return [row for _, row in sorted(ranked)[:HITS]]


def token_label(text: str) -> str:
    """A token's text for Markdown: spaces and line breaks made visible, nothing read as markup."""
    return escape_markdown(visible(text)) or "(empty)"


def _search(layout: DiskLayout, table: TokenTable) -> None:
    wanted = st.session_state["disk-search"]
    hits = find_tokens(wanted, [table.text[i] for i in layout.token_ids]) if wanted else []
    if hits:
        select(int(layout.token_ids[hits[0]]))
