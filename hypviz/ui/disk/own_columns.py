"""The control that takes a person's own columns to colour tokens by, and what is said of them."""

from __future__ import annotations

import streamlit as st

from hypviz.records.columns import NUMERIC_SHARE, ColumnReading, TokenColumns
from hypviz.studies.disk.columns import read_columns, token_columns_from_bytes
from hypviz.ui.shared.uploads import Files, kept_before, mark, name_or_file, parsed
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.columns import reading_sentence
from hypviz.words.numbers import share

NONE, _FOUND = "none", "_disk-columns"
SAID_AT_ONCE = 8  # columns of which something is to be said
HELP = (
    "A CSV in UTF-8 with a header, a column “token” (its text) or “token_id”, and columns to colour by: numbers by value or by quantile "
    f"(from {share(NUMERIC_SHARE)} numbers on, the other cells count as missing), up to ten categories each in its own colour, of more the "
    "nine most frequent."
)


def columns_now() -> TokenColumns | None:
    """The file of the page's last run, else that of the address, for controls that stand before `choose_columns`; None without one."""
    if _FOUND not in st.session_state:
        st.session_state[_FOUND] = kept_before(st.query_params.get("columns", ""), COLUMNS)
    return st.session_state[_FOUND]


def readings_of(columns: TokenColumns) -> tuple[ColumnReading, ...]:
    """What each column holds, read once for all sessions."""
    return _readings(mark(columns), columns)


@st.cache_resource(show_spinner="Reading the columns…", max_entries=4)
def _readings(key: str, _columns: TokenColumns) -> tuple[ColumnReading, ...]:
    return read_columns(_columns)


def sentences_of(columns: TokenColumns) -> dict[str, str]:
    """By the names of colourings what is said of how their column is read, where there is anything."""
    pairs = zip(columns.columns, readings_of(columns), strict=True)
    said = [(reading.names, reading_sentence(column.name, reading, columns)) for column, reading in pairs]
    return {name: sentence for names, sentence in said if sentence for name in names}


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
    if file is None:
        return None
    data, asked = file.getvalue(), field.strip() or None
    return parsed(data, ["columns", file.name, asked], lambda: token_columns_from_bytes(data, file.name, field=asked))


def _show(found: TokenColumns) -> None:
    said = list(dict.fromkeys(sentences_of(found).values()))
    more = [f"Of {len(said) - SAID_AT_ONCE} more columns something is said below the picture."] if len(said) > SAID_AT_ONCE else []
    for notice in (*found.notices, *said[:SAID_AT_ONCE], *more):
        st.caption(f":material/info: {escape_markdown(notice)}")


COLUMNS = Files(
    record=TokenColumns,
    take=_take,
    show=_show,
    size=lambda columns: f"{len(columns.tokens):,} rows",
    awaited="Choose a file: a row is a token, a column a colour.",
    algorithm=4,
)
