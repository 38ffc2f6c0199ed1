"""Which points of a Plotly chart were selected, now or before a reload."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from hypviz.ui.shell.address import Kept


def selected_values(event: Any, column: int = 0) -> list[Any]:
    """The `column` of customdata of each selected point; empty without a selection.

    Plotly sends a row of customdata back as a list, or as an object with the keys "0", "1", ... when it came as a typed array.
    """
    points = getattr(getattr(event, "selection", None), "points", None) or []
    rows = [point.get("customdata") for point in points]
    rows = [list(row.values()) if isinstance(row, dict) else row for row in rows if row is not None]
    return [row[column] if isinstance(row, (list, tuple)) else row for row in rows]


def selection_kept(kept: Kept, name: str, selected: Sequence[Any], *, of: str, most: int) -> tuple[int, ...]:
    """The whole numbers `selected`, from 1 to `most`; after a reload those that the address has of the same thing `of`.

    Streamlit forgets the points of a chart with the page; what was selected before is shown until something else is, or nothing again.
    """
    place, was = kept.key(name, "", key=f"{name}-of-{of}"), f"_{name}-was-selected-{of}"
    if selected or st.session_state.get(was):
        st.session_state[place] = f"{of}:{','.join(str(int(number)) for number in selected)}" if selected else ""
    st.session_state[was] = bool(selected)
    thing, _, numbers = str(st.session_state[place]).partition(":")
    known = (int(number) for number in numbers.split(",") if re.fullmatch("[0-9]{1,12}", number))
    found = tuple(number for number in known if 1 <= number <= most)
    kept.keep(**{name: st.session_state[place] if thing == of and found else ""})
    return found if thing == of else ()
