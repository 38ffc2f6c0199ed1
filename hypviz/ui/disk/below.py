"""The row below a picture of the Disk page: its words, the picture as a page of its own, and its numbers to take home."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.ui.shell.tables import SAID, csv_button
from hypviz.ui.shell.text import escape_markdown

if TYPE_CHECKING:
    import pandas as pd

ABOUT_FILES = "Page: the whole disk as one page that needs nothing else. Data: all tokens with their places, as CSV (UTF-8)."


def words_and_data(alt: str, table: Callable[[], pd.DataFrame], page: Callable[[], str]) -> DeltaGenerator:
    """The picture for those who cannot see it, the picture as a page of its own, and its numbers to take home; gives their row."""
    row = st.container(horizontal=True, horizontal_alignment="distribute")
    with row.popover("In words", icon=":material/description:", type="tertiary"):
        st.markdown("\n\n".join(map(escape_markdown, (alt, f"{ABOUT_FILES} {SAID}"))))
    row.download_button(
        "Page",
        data=lambda: page().encode("utf-8"),
        file_name="disk.html",
        mime="text/html",
        key="page",
        icon=":material/draft:",
        on_click="ignore",
        type="tertiary",
    )
    csv_button(row, "Data", table, file="disk.csv", key="data")
    return row
