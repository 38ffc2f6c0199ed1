"""Showing a chart: its finding as a heading, the figure, its words for screen readers, and its data to download."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hypviz.plots.chart import Chart
from hypviz.ui.shell.tables import csv_button
from hypviz.ui.shell.text import escape_markdown


def show(chart: Chart, key: str, *, selectable: bool = False, file: str | None = None) -> Any:
    """Draw the chart; returns Streamlit's selection state when `selectable`, else None.

    The title is set as text above the figure, where it wraps on a narrow window. Downloads are named `file`, or like the key.
    Nothing of the page's theme is written into the figure: its text takes the page's colour by the style sheet in `page`.
    """
    st.markdown(f"#### {escape_markdown(chart.title)}")
    chart.figure.update_layout(title=None, margin_t=16)
    config = {"displaylogo": False, "scrollZoom": False, "toImageButtonOptions": {"format": "svg", "filename": file or key}}
    event = st.plotly_chart(
        chart.figure,
        key=key,
        width="stretch",
        on_select="rerun" if selectable else "ignore",
        selection_mode="points",
        config=config,
        alt=chart.alt,
    )
    words, data = st.columns([5, 1], vertical_alignment="center")
    with words.popover("In words", icon=":material/description:", type="tertiary"):
        st.markdown(escape_markdown(chart.alt))
    name = f"{file or key}.csv"
    csv_button(data, "Data", lambda: chart.data, file=name, key=f"data-{key}", words="The numbers of this chart as CSV (UTF-8).")
    return event if selectable else None


def provenance(line: str) -> None:
    """The small line beneath a result that says where it comes from."""
    st.caption(escape_markdown(line))
