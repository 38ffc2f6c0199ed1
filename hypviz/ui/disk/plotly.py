"""The Disk page where components cannot run: Plotly's picture on the left, search and neighbours on the right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from hypviz.plots.token_text import visible
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TokenTable
from hypviz.studies.disk import LAYOUTS, TokenNeighbours
from hypviz.studies.disk_view import disk_view
from hypviz.ui.disk.selection import back_to_origin, clear, is_centred, search_box, select, selected_row, to_the_middle, token_label
from hypviz.ui.disk.view import pick_token
from hypviz.ui.shell.text import escape_markdown

MOST = 20_000  # more points make a browser slow


def show_with_plotly(
    layout: DiskLayout, table: TokenTable, norms: np.ndarray, name: str, colour: str, look_up: Callable[[int], TokenNeighbours]
) -> None:
    """The picture and its panel; `name` tells this layout from others, `look_up` finds the neighbours of a row."""
    if len(layout.token_ids) > MOST:
        st.warning(f"Plotly draws at most {MOST:,} tokens and {len(layout.token_ids):,} are laid out; choose fewer under More.")
        return
    picture, panel = st.columns([5, 2], gap="medium")
    with panel:
        search_box(layout, table)
        row = selected_row(layout)
        found = look_up(row) if row is not None else None
        if found is not None:
            _panel(layout, table, found)
        else:
            st.info("Click a point in the disk, or search for a token: it moves to the middle.", icon=":material/ads_click:")
    with picture:
        view = disk_view(layout, table, norms, colour=colour, found=found, centred=is_centred())
        picked = pick_token(view, f"disk-{name}-{colour}-{row}-{is_centred()}")
        if picked is not None and (row is None or picked != int(layout.token_ids[row]) or not is_centred()):
            select(picked)
            st.rerun()


def _panel(layout: DiskLayout, table: TokenTable, found: TokenNeighbours) -> None:
    """The selected token, what the disk keeps of its neighbourhood, and the ten neighbours."""
    token = int(layout.token_ids[found.row])
    st.markdown(f"#### {token_label(table.text[token])}")
    rank = f"rank {found.row + 1:,}"
    count = int(layout.counts[found.row])
    seen = f"{count:,} times in {layout.radius_source}" if count else f"not in {layout.radius_source}"
    if not layout.counts.any():
        seen = "no counts"
    elif not count and LAYOUTS.require(layout.method).radius_from == "rank":
        seen += ", so its token id stands in for a rank"
    st.caption(escape_markdown(f"Token {token}, {rank}, {seen}; distance {layout.rho[found.row]:.2f} from the origin."))
    n, kept = layout.quality.k, int(layout.kept[found.row])
    st.markdown(f"The disk keeps **{kept} of its {n}** nearest neighbours.")
    _buttons()
    columns = {
        "token": st.column_config.TextColumn(width=80),
        "d": st.column_config.NumberColumn(format="%.1f", width=38, help="Hyperbolic distance in the disk."),
        "cosine": st.column_config.NumberColumn("cos", format="%.2f", width=42, help="Cosine of the centred rows: nearest first."),
        "kept": st.column_config.CheckboxColumn(width=46, help="Whether it is among the ten nearest in the disk too."),
    }
    neighbours = _neighbour_table(layout, table, found)
    st.dataframe(neighbours, hide_index=True, width="stretch", height="content", column_config=columns)


def _buttons() -> None:
    with st.container(horizontal=True, gap="small"):
        if is_centred():
            st.button("Back to origin", key="disk-origin", icon=":material/home_pin:", on_click=back_to_origin)
        else:
            st.button("To the middle", key="disk-middle", icon=":material/filter_center_focus:", on_click=to_the_middle)
        st.button("Clear", key="disk-clear", icon=":material/close:", on_click=clear)


def _neighbour_table(layout: DiskLayout, table: TokenTable, found: TokenNeighbours):
    """The ten nearest in the original space as the page shows them."""
    return {
        "token": [visible(table.text[layout.token_ids[i]]) for i in found.nearest],
        "cosine": found.cosine.tolist(),
        "kept": [bool(k) for k in found.in_disk],
        "d": found.distance.tolist(),
    }
