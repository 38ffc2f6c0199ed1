"""Showing a chart: its finding as a heading, the figure, its words for screen readers, and its data to download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from hypviz.plots.chart import Chart
from hypviz.ui.text import escape_markdown

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

INK = {"light": "#31333F", "dark": "#FAFAFA"}  # Streamlit's own text colours; its grey for charts fades on a projector


def show(chart: Chart, key: str, *, selectable: bool = False, file: str | None = None) -> Any:
    """Draw the chart; returns Streamlit's selection state when `selectable`, else None.

    The title is set as text above the figure, where it wraps on a narrow window. Downloads are named `file`, or like the key.
    """
    st.markdown(f"#### {escape_markdown(chart.title)}")
    chart.figure.update_layout(title=None, margin_t=16)
    _write_in_ink(chart.figure)
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
    data.download_button(
        "Data",
        data=lambda: chart.data.to_csv(index=False, lineterminator="\r\n").encode("utf-8"),
        file_name=f"{file or key}.csv",
        mime="text/csv",
        key=f"data-{key}",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        help="The numbers of this chart as CSV (UTF-8).",
    )
    return event if selectable else None


def _write_in_ink(figure: Figure) -> None:
    """Labels, ticks and legends in the colour of the page's text, as far as the browser has said which theme it shows."""
    ink = INK.get(st.context.theme.type or "")
    if ink is not None:
        figure.update_layout(font_color=ink, legend_font_color=ink)
        figure.update_xaxes(tickfont_color=ink, title_font_color=ink)
        figure.update_yaxes(tickfont_color=ink, title_font_color=ink)


def provenance(line: str) -> None:
    """The small line beneath a result that says where it comes from."""
    st.caption(escape_markdown(line))
