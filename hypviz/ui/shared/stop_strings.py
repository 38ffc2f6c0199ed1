"""The control for texts that end an answer."""

from __future__ import annotations

import streamlit as st

from hypviz.records.stop_strings import read_stops
from hypviz.ui.shell.address import Kept


def choose_stops(kept: Kept) -> tuple[str, ...]:
    """The stop strings; none unless somebody types one."""
    typed = st.text_area(
        "Stop strings",
        key=kept.key("stop", ""),
        height=68,
        placeholder="none",
        help="One a line. An answer ends before the first of them; `\\n` is a line break.",
    )
    kept.keep(stop=typed)
    return read_stops(typed.splitlines())
