"""The Disk page below its controls: the picture, its words and data, and how it was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from hypviz.records.disk_view import DiskView
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.play import Played
from hypviz.studies.disk import LAYOUTS, unmeasured
from hypviz.studies.disk.play import play_table
from hypviz.studies.disk.view import disk_table
from hypviz.studies.untrained import tables_of
from hypviz.ui.disk.below import words_and_data
from hypviz.ui.disk.chosen import draw_where_asked, show_chosen
from hypviz.ui.disk.component import Marks, mount_disk, words_where_no_script_runs
from hypviz.ui.disk.controls import DiskChoice
from hypviz.ui.disk.drawn import (
    answer_of,
    finding_of,
    four_of,
    looked_of,
    name_of,
    neighbours_of,
    own_of,
    pins_of,
    read_ahead,
    rows_key,
    scene_of,
    short,
)
from hypviz.ui.disk.frontier import show_frontier
from hypviz.ui.disk.home import page_at_home
from hypviz.ui.disk.jobs import laid_out
from hypviz.ui.disk.path import follow_pinned, path_message, path_row
from hypviz.ui.disk.play import played, played_key
from hypviz.ui.disk.selection import lost_token, remember_address, selected_row
from hypviz.ui.disk.truths import show_truths
from hypviz.ui.disk.two import show_two
from hypviz.ui.disk.viewpoint import say_unreadable_camera
from hypviz.ui.shared.untrained import untrained_lines
from hypviz.ui.shell.page import errors_as_sentences
from hypviz.ui.shell.session import row_norms, token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.disk import how_it_was_made, quality_sentence, unmeasured_finding
from hypviz.words.play import HOW, play_title, step_sentences

SHOWN = "disk-shown"  # the layout that this session saw last


def show_disk_page(ref: ModelRef, layout: DiskLayout, choice: DiskChoice) -> None:
    """The finding, the picture, and how it was made below; a click reruns the picture only."""
    st.session_state[SHOWN] = (ref.fingerprint, layout)
    on = played(ref, choice.layout, layout, choice.play) if choice.play is not None else None
    asked, frames = (on.spec, on.played) if on is not None else (choice.layout, None)
    layout = on.layout if on is not None else layout
    table, norms = token_table(ref), row_norms(ref, layout.table)
    other = laid_out(choice.beside, choice.vocab_size) if choice.beside is not None else None
    if other is not None:
        show_two(ref, layout, other, choice)
    else:  # alone, or the second one is still being laid out: the first one need not wait
        _picture(ref, layout, table, norms, choice, frames=frames)
    words_where_no_script_runs()
    truths = show_truths(asked, layout)
    left = ["On the left:"] if choice.beside is not None else []
    made = " ".join([*left, *how_it_was_made(layout), quality_sentence(layout)])
    spare = [" ".join(untrained_lines(ref, each, taken_in=asked.untrained)) for each in tables_of(asked)]
    st.caption("\n\n".join(map(escape_markdown, filter(None, (truths, made, *spare, layout.provenance.line)))))
    read_ahead(rows_key(ref, layout), ref, layout)
    show_frontier(asked, len(layout.token_ids))
    show_chosen(ref, layout)


def show_picture_before(ref: ModelRef, choice: DiskChoice) -> None:
    """While a layout is computed, or after it was stopped with nothing to show, the picture that was there stays.

    Where only R is another, it is drawn at that R, before anything is measured there.
    """
    fingerprint, layout = st.session_state.get(SHOWN, (None, None))
    if fingerprint != ref.fingerprint or layout is None:
        return
    moved = unmeasured(choice.layout, layout)
    if moved is not None:
        _picture(ref, moved, token_table(ref), row_norms(ref, moved.table), choice, unmeasured_finding(moved))
        return
    done = f", stopped after {layout.n_rounds_done} of {layout.n_rounds} rounds" if layout.n_rounds_done < layout.n_rounds else ""
    name = LAYOUTS.require(layout.method).label
    st.caption(f"The picture from before: {name}{done}, {len(layout.token_ids):,} tokens, R = {layout.radius:g}.")
    _picture(ref, layout, token_table(ref), row_norms(ref, layout.table), choice)


@st.fragment
def _picture(
    ref: ModelRef,
    layout: DiskLayout,
    table: TokenTable,
    norms: np.ndarray,
    choice: DiskChoice,
    title: str | None = None,
    frames: Played | None = None,
) -> None:
    """The component, its words and its data; `title` where it is not the finding of the layout, `frames` where it is played on."""
    draw_where_asked()
    with errors_as_sentences():  # a rerun of the fragment alone is not under the page's own
        row, own, colour = selected_row(layout), own_of(ref, layout, table, choice.columns), choice.colour
        say_unreadable_camera(layout, farthest=None if frames is None else float(frames.rho.max(initial=0.0)))
        found = neighbours_of(ref, layout, row) if row is not None else None
        name = " ".join(filter(None, (name_of(ref, layout), own.mark, played_key(frames))))
        finding = _worded(finding_of(f"{name} {colour}", layout, table, norms, colour, own.colours), title, frames)
        st.markdown(f"#### {escape_markdown(finding.title)}")
        key = short(name)
        scene, followed = scene_of(name, layout, table, norms, key, own.colours, _frames=frames), follow_pinned(ref, layout)
        path = path_message(ref, followed, layout, table)
        mount_disk(
            scene,
            key,
            title=finding.title,
            layout=layout,
            colour=colour,
            found=found,
            looked=looked_of(ref, layout),
            lost=lost_token(layout, table),
            marks=Marks(pins=pins_of(ref, layout, table), four=four_of(ref, layout), path=path),
            answer=lambda said: answer_of(ref, said),
        )
        data = (lambda: disk_table(finding)) if frames is None else (lambda: play_table(frames, layout, table.text))
        below = words_and_data(finding.alt, data, lambda: page_at_home(scene, colour, finding.title, path=path))
        path_row(below, ref, followed, layout, table)
        if own.sentence:
            st.caption(escape_markdown(own.said(colour)))
        remember_address()


def _worded(finding: DiskView, title: str | None, frames: Played | None) -> DiskView:
    """What is said of the picture, under another title where there is one, and with its steps where it is played on."""
    if frames is not None:
        return replace(finding, title=play_title(frames), alt=" ".join([finding.alt, *step_sentences(frames), HOW]))
    return replace(finding, title=title, alt=finding.alt.replace(finding.title, title)) if title else finding
