"""Two layouts of the same tokens beside each other on the Disk page, moved together."""

from __future__ import annotations

import streamlit as st

from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef
from hypviz.studies.disk.pair import LayoutPair, layout_pair, pair_table
from hypviz.ui.disk.below import words_and_data
from hypviz.ui.disk.chosen import draw_where_asked
from hypviz.ui.disk.component import Marks, mount_disk
from hypviz.ui.disk.controls import DiskChoice
from hypviz.ui.disk.drawn import answer_of, four_of, looked_of, name_of, neighbours_of, own_of, pins_of, scene_of, short
from hypviz.ui.disk.home import page_at_home
from hypviz.ui.disk.path import follow_pinned, path_message
from hypviz.ui.disk.selection import lost_token, remember_address, selected_row
from hypviz.ui.disk.viewpoint import say_unreadable_camera
from hypviz.ui.shell.page import errors_as_sentences
from hypviz.ui.shell.session import row_norms, token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.disk import how_it_was_made, layout_name, quality_sentence


def show_two(ref: ModelRef, layout: DiskLayout, other: DiskLayout, choice: DiskChoice) -> None:
    """The two pictures with lines for what drifts, their words and data."""
    names = (name_of(ref, layout), name_of(ref, other))
    with st.spinner("Looking for the isometry that lays one layout over the other…", show_time=True):
        both = _pair(" ".join(names), layout, other)
    st.markdown(f"#### {escape_markdown(both.title)}")
    _two_pictures(ref, layout, both, choice)
    alt = f"Two unit disks beside each other, {layout_name(layout, other)} left and {layout_name(other, layout)} right. {both.title}."
    words_and_data(
        alt,
        lambda: pair_table(layout, both, token_table(ref).text),
        lambda: _page_of_one(ref, layout, choice, both.title),
    )
    st.caption(
        escape_markdown(" ".join(["On the right, moved by the isometry:", *how_it_was_made(both.second), quality_sentence(both.second)]))
    )


def _page_of_one(ref: ModelRef, layout: DiskLayout, choice: DiskChoice, title: str) -> str:
    """One layout as a page of its own."""
    table, name = token_table(ref), name_of(ref, layout)
    own = own_of(ref, layout, table, choice.columns)
    scene = scene_of(f"{name} {own.mark}", layout, table, row_norms(ref, layout.table), short(name), own.colours)
    return page_at_home(scene, choice.colour, title)


@st.fragment
def _two_pictures(ref: ModelRef, layout: DiskLayout, both: LayoutPair, choice: DiskChoice) -> None:
    draw_where_asked()
    with errors_as_sentences():
        table, row, four = token_table(ref), selected_row(layout), four_of(ref, layout)
        say_unreadable_camera(layout)
        own, followed = own_of(ref, layout, table, choice.columns), follow_pinned(ref, layout)
        names = [f"{name_of(ref, one)} of {name_of(ref, layout)} {own.mark}" for one in (layout, both.second)]
        shown, keys = (layout, both.second), [short(name) for name in names]
        for one, key, partner, column in zip(shown, keys, keys[::-1], st.columns(2, gap="small"), strict=True):
            with column:
                scene = scene_of(f"{key} {partner}", one, table, row_norms(ref, one.table), key, own.colours, partner)
                found = neighbours_of(ref, one, row) if row is not None else None
                mount_disk(
                    scene,
                    key,
                    title=both.title,
                    layout=one,
                    colour=choice.colour,
                    found=found,
                    looked=looked_of(ref, one),
                    lost=lost_token(one, table),
                    marks=Marks(pins=pins_of(ref, one, table), four=four, path=path_message(ref, followed, one, table)),
                    answer=lambda said: answer_of(ref, said),
                )
        if own.sentence:
            st.caption(escape_markdown(own.said(choice.colour)))
        remember_address()


@st.cache_resource(show_spinner=False, max_entries=6)
def _pair(names: str, _layout: DiskLayout, _other: DiskLayout) -> LayoutPair:
    return layout_pair(_layout, _other)
