"""The control that takes a person's own columns to colour tokens by, and what is said of them."""

from __future__ import annotations

import streamlit as st

from hypviz.records.columns import TokenColumns
from hypviz.studies.disk.columns import token_columns_from_bytes
from hypviz.ui.shared.uploads import Files, kept_before, mark, name_or_file
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown

NONE, _FOUND = "none", "_disk-columns"
HELP = (
    "A CSV in UTF-8 with a header, a column “token” (its text) or “token_id”, and columns to colour by: numbers by value or by quantile, "
    "up to ten categories each in its own colour, of more the nine most frequent."
)


def columns_now() -> TokenColumns | None:
    """The file of the page's last run, else that of the address, for controls that stand before `choose_columns`; None without one."""
    if _FOUND not in st.session_state:
        st.session_state[_FOUND] = kept_before(st.query_params.get("columns", ""), COLUMNS)
    return st.session_state[_FOUND]


def choose_columns(kept: Kept) -> None:
    """The control; a file that is brought or let go draws the page anew. Raises `HypvizError` for one that cannot be read."""
    before = columns_now()
    found = name_or_file(kept, "columns", [NONE], label="Own columns", files=COLUMNS, help=HELP)
    columns = None if isinstance(found, str) else found
    st.session_state[_FOUND] = columns
    if (columns and mark(columns)) != (before and mark(before)):
        st.rerun()


def _take(key: str) -> TokenColumns | None:
    file = st.file_uploader("A .csv or .tsv file in UTF-8", type=["csv", "tsv"], key=key)
    field = st.text_input(
        "Column of the tokens",
        key=f"{key}-field",
        placeholder="token",
        disabled=file is None,
        help="The column that holds the token's text or id, if it is not found by itself.",
    )
    return None if file is None else token_columns_from_bytes(file.getvalue(), file.name, field=field.strip() or None)


def _show(found: TokenColumns) -> None:
    for notice in found.notices:
        st.caption(f":material/info: {escape_markdown(notice)}")


COLUMNS = Files(
    record=TokenColumns,
    take=_take,
    show=_show,
    size=lambda columns: f"{len(columns.tokens):,} rows",
    awaited="Choose a file: a row is a token, a column a colour.",
)
