"""The Disk page below its controls: the picture, its words and data, and how it was made."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.errors import HypvizError
from hypviz.records.columns import TokenColumns
from hypviz.records.disk_scene import NOTHING, SceneColour
from hypviz.records.disk_view import DiskView
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.play import Played
from hypviz.records.specs.disk import LayoutSpec
from hypviz.studies.disk import LAYOUTS, CentredRows, TokenNeighbours, layout_rows, token_neighbours, unmeasured
from hypviz.studies.disk.columns import own_columns
from hypviz.studies.disk.pair import LayoutPair, layout_pair, pair_table
from hypviz.studies.disk.play import play_table
from hypviz.studies.disk.scene import disk_scene
from hypviz.studies.disk.view import disk_table, disk_view
from hypviz.ui.disk.chosen import ask, draw_where_asked, found_before, show_chosen
from hypviz.ui.disk.component import Marks, Said, mount_disk, words_where_no_script_runs
from hypviz.ui.disk.controls import DiskChoice
from hypviz.ui.disk.frontier import show_frontier
from hypviz.ui.disk.home import page_at_home
from hypviz.ui.disk.jobs import laid_out
from hypviz.ui.disk.path import ask_for_path, follow_pinned, path_message, path_row
from hypviz.ui.disk.play import played, played_key
from hypviz.ui.disk.selection import clear, pin, pinned, pinned_text, remember_address, select, selected_row
from hypviz.ui.disk.truths import show_truths
from hypviz.ui.shared.uploads import mark
from hypviz.ui.shell.page import errors_as_sentences
from hypviz.ui.shell.session import read_once, row_norms, token_table
from hypviz.ui.shell.tables import SAID, csv_button
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.columns import joined_sentence
from hypviz.words.disk import how_it_was_made, layout_name, quality_sentence, unmeasured_finding
from hypviz.words.play import HOW, play_title, step_sentences

if TYPE_CHECKING:
    import pandas as pd

PIN_NEIGHBOURS = 3
ABOUT_FILES = "Page: the whole disk as one page that needs nothing else. Data: all tokens with their places, as CSV (UTF-8)."
LOOKED = "disk-looked"
SHOWN = "disk-shown"  # the layout that this session saw last


def show_disk_page(ref: ModelRef, layout: DiskLayout, choice: DiskChoice) -> None:
    """The finding, the picture, and how it was made below; a click reruns the picture only."""
    st.session_state[SHOWN] = (ref.fingerprint, layout)
    table, norms = token_table(ref), row_norms(ref, layout.table)
    frames = played(ref, choice.layout, layout, choice.play) if choice.play is not None else None
    if choice.beside is not None:
        _two(ref, layout, choice, choice.beside)
    else:
        _picture(ref, layout, table, norms, choice, frames=frames)
    words_where_no_script_runs()
    show_truths(choice.layout, layout)
    left = ["On the left:"] if choice.beside is not None else []
    made = " ".join([*left, *how_it_was_made(layout), quality_sentence(layout)])
    st.caption("\n\n".join(map(escape_markdown, (made, layout.provenance.line))))
    _read_ahead(_rows_key(ref, layout), ref, layout)
    show_frontier(choice.layout, len(layout.token_ids))
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
        row, own, colour = selected_row(layout), _own(ref, layout, table, choice.columns), choice.colour
        found = neighbours_of(ref, layout, row) if row is not None else None
        name = " ".join(filter(None, (_name(ref, layout), own.mark, played_key(frames))))
        finding = _worded(_finding(f"{name} {colour}", layout, table, norms, colour, own.colours), title, frames)
        st.markdown(f"#### {escape_markdown(finding.title)}")
        key = _short(name)
        scene, followed = _scene(name, layout, table, norms, key, own.colours, _frames=frames), follow_pinned(ref, layout)
        path = path_message(ref, followed, layout, table)
        mount_disk(
            scene,
            key,
            title=finding.title,
            layout=layout,
            colour=colour,
            found=found,
            looked=_looked(ref, layout),
            marks=Marks(pins=_pins(ref, layout, table), four=_four(ref, layout), path=path),
            answer=lambda said: _answer(ref, said),
        )
        data = (lambda: disk_table(finding)) if frames is None else (lambda: play_table(frames, layout, table.text))
        below = _words_and_data(finding.alt, data, lambda: page_at_home(scene, colour, finding.title, path=path))
        path_row(below, ref, followed, layout, table)
        if own.sentence:
            st.caption(escape_markdown(own.sentence))
        remember_address()


def _worded(finding: DiskView, title: str | None, frames: Played | None) -> DiskView:
    """What is said of the picture, under another title where there is one, and with its steps where it is played on."""
    if frames is not None:
        return replace(finding, title=play_title(frames), alt=" ".join([finding.alt, *step_sentences(frames), HOW]))
    return replace(finding, title=title, alt=finding.alt.replace(finding.title, title)) if title else finding


def _words_and_data(alt: str, table: Callable[[], pd.DataFrame], page: Callable[[], str]) -> DeltaGenerator:
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


def _two(ref: ModelRef, layout: DiskLayout, choice: DiskChoice, beside: LayoutSpec) -> None:
    """Two layouts of the same tokens beside each other, moved together, with lines for what drifts."""
    other = laid_out(beside, choice.vocab_size)
    if other is None:  # still being laid out: the first one need not wait
        _picture(ref, layout, token_table(ref), row_norms(ref, layout.table), choice)
        return
    names = (_name(ref, layout), _name(ref, other))
    with st.spinner("Looking for the isometry that lays one layout over the other…", show_time=True):
        both = _pair(" ".join(names), layout, other)
    st.markdown(f"#### {escape_markdown(both.title)}")
    _two_pictures(ref, layout, both, choice)
    alt = f"Two unit disks beside each other, {layout_name(layout, other)} left and {layout_name(other, layout)} right. {both.title}."
    _words_and_data(
        alt,
        lambda: pair_table(layout, both, token_table(ref).text),
        lambda: _page_of_one(ref, layout, choice, both.title),
    )
    st.caption(
        escape_markdown(" ".join(["On the right, moved by the isometry:", *how_it_was_made(both.second), quality_sentence(both.second)]))
    )


def _page_of_one(ref: ModelRef, layout: DiskLayout, choice: DiskChoice, title: str) -> str:
    """One layout as a page of its own."""
    table, name = token_table(ref), _name(ref, layout)
    own = _own(ref, layout, table, choice.columns)
    scene = _scene(f"{name} {own.mark}", layout, table, row_norms(ref, layout.table), _short(name), own.colours)
    return page_at_home(scene, choice.colour, title)


@st.fragment
def _two_pictures(ref: ModelRef, layout: DiskLayout, both: LayoutPair, choice: DiskChoice) -> None:
    draw_where_asked()
    with errors_as_sentences():
        table, row, four = token_table(ref), selected_row(layout), _four(ref, layout)
        own, followed = _own(ref, layout, table, choice.columns), follow_pinned(ref, layout)
        names = [f"{_name(ref, one)} of {_name(ref, layout)} {own.mark}" for one in (layout, both.second)]
        shown, keys = (layout, both.second), [_short(name) for name in names]
        for one, key, partner, column in zip(shown, keys, keys[::-1], st.columns(2, gap="small"), strict=True):
            with column:
                scene = _scene(f"{key} {partner}", one, table, row_norms(ref, one.table), key, own.colours, partner)
                found = neighbours_of(ref, one, row) if row is not None else None
                mount_disk(
                    scene,
                    key,
                    title=both.title,
                    layout=one,
                    colour=choice.colour,
                    found=found,
                    looked=_looked(ref, one),
                    marks=Marks(pins=_pins(ref, one, table), four=four, path=path_message(ref, followed, one, table)),
                    answer=lambda said: _answer(ref, said),
                )
        if own.sentence:
            st.caption(escape_markdown(own.sentence))
        remember_address()


@st.cache_resource(show_spinner=False, max_entries=6)
def _pair(names: str, _layout: DiskLayout, _other: DiskLayout) -> LayoutPair:
    return layout_pair(_layout, _other)


def _answer(ref: ModelRef, said: Said) -> None:
    """Put what the person did into the URL, from which the picture is drawn; where the mouse rests is no choice and stays out of it."""
    if said.looked_at is not None:
        st.session_state[LOOKED] = said.looked_at
    elif said.measured is not None:
        ask(said.measured)
    elif said.prompt is not None:
        pin(said.prompt)
    elif said.followed is not None:
        ask_for_path(ref, said.followed)
    elif said.picked is not None:
        select(said.picked)
    else:
        clear()


@st.cache_resource(show_spinner="Packing the picture…", max_entries=6)
def _scene(
    name: str,
    _layout: DiskLayout,
    _table: TokenTable,
    _norms: np.ndarray,
    _key: str,
    _own: tuple[SceneColour, ...],
    _partner: str | None = None,
    _frames: Played | None = None,
) -> bytes:
    return disk_scene(_layout, _table, _norms, key=_key, partner=_partner, own=_own, played=_frames).to_bytes()


@st.cache_resource(show_spinner=False, max_entries=12)
def _finding(
    name: str, _layout: DiskLayout, _table: TokenTable, _norms: np.ndarray, _colour: str, _own: tuple[SceneColour, ...]
) -> DiskView:
    """The title, words and data under one colouring, from the layout's own centre."""
    return disk_view(_layout, _table, _norms, colour=_colour, own=_own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a person's own columns give a picture: a mark for its keys, colourings, and a sentence on the rows; empty without a file."""

    mark: str = ""
    colours: tuple[SceneColour, ...] = ()
    sentence: str = ""


def _own(ref: ModelRef, layout: DiskLayout, table: TokenTable, columns: TokenColumns | None) -> Own:
    if columns is None:
        return Own()
    marked = mark(columns)
    return _joined(f"{_name(ref, layout)} {marked}", marked, columns, layout, table)


@st.cache_resource(show_spinner=False, max_entries=6)
def _joined(key: str, _mark: str, _columns: TokenColumns, _layout: DiskLayout, _table: TokenTable) -> Own:
    found = own_columns(_columns, _layout, _table)
    return Own(mark=_mark, colours=found.colours, sentence=joined_sentence(_columns, found.joined))


def _four(ref: ModelRef, layout: DiskLayout) -> list[int]:
    """The ids that attain the delta of the tokens that were measured."""
    with suppress(HypvizError):  # which the section below the picture says
        found = found_before(ref, layout)
        return found.four.tolist() if found is not None else []
    return []


def _looked(ref: ModelRef, layout: DiskLayout) -> TokenNeighbours | None:
    """The neighbours of the token under the mouse."""
    rows = np.flatnonzero(layout.token_ids == st.session_state.get(LOOKED, -1))
    return neighbours_of(ref, layout, int(rows[0])) if rows.size else None


def neighbours_of(ref: ModelRef, layout: DiskLayout, row: int) -> TokenNeighbours:
    """The token's true neighbours, and which of them the disk keeps; reads the embeddings."""
    return _neighbours(f"{_name(ref, layout)} {row}", ref, layout, row)


@st.cache_resource(show_spinner=False, max_entries=64)
def _neighbours(key: str, _ref: ModelRef, _layout: DiskLayout, _row: int) -> TokenNeighbours:
    return token_neighbours(rows_of(_ref, _layout), _layout, _row)


def rows_of(ref: ModelRef, layout: DiskLayout) -> CentredRows:
    """The layout's rows, read and centred once for all sessions: the first look for neighbours waits for them."""
    return _rows(_rows_key(ref, layout), ref, layout)


def _rows_key(ref: ModelRef, layout: DiskLayout) -> str:
    return f"{ref.fingerprint} {layout.table} {hashlib.sha256(layout.token_ids.tobytes()).hexdigest()}"


@st.cache_resource(show_spinner=False, max_entries=2)
def _read_ahead(key: str, _ref: ModelRef, _layout: DiskLayout) -> threading.Thread:
    """Read the rows in the background once the picture is there, for the first click; a failure is for that click to tell."""
    thread = threading.Thread(target=lambda: _quietly(lambda: _rows(key, _ref, _layout)), name="hypviz-read-ahead", daemon=True)
    thread.start()
    return thread


def _quietly(work: Callable[[], object]) -> None:
    with suppress(HypvizError, MemoryError):
        work()


@st.cache_resource(show_spinner=False, max_entries=2)
def _rows(key: str, _ref: ModelRef, _layout: DiskLayout) -> CentredRows:
    return layout_rows(read_once(_ref, _layout.table), _layout)


def _pins(ref: ModelRef, layout: DiskLayout, table: TokenTable) -> dict[str, Any] | None:
    """The pinned tokens for the component, those of them that are laid out with their neighbours in the original space.

    A text that holds a token without a row is said, pins nothing, and stays in its box to be corrected.
    """
    try:
        pins = pinned(ref, table, pinned_text())
    except HypvizError as error:
        st.warning(escape_markdown(str(error)), icon=":material/push_pin:")
        return {"ids": [], "pieces": [], "left": 0, "text": pinned_text(), "cut": None, "near": []}
    if pins is None:
        return None
    ids = np.intersect1d(pins["ids"], layout.token_ids).tolist()
    near = _pin_neighbours(f"{_name(ref, layout)} {ids}", ref, layout, ids) if ids else {}
    return pins | {"near": [near.get(i, []) for i in pins["ids"]]}


@st.cache_resource(show_spinner=False, max_entries=32)
def _pin_neighbours(key: str, _ref: ModelRef, _layout: DiskLayout, _ids: list[int]) -> dict[int, list[int]]:
    rows = rows_of(_ref, _layout)
    near = {row: rows.nearest(row, k=PIN_NEIGHBOURS).rows for row in np.flatnonzero(np.isin(_layout.token_ids, _ids)).tolist()}
    return {int(_layout.token_ids[row]): _layout.token_ids[found].tolist() for row, found in near.items()}


def _name(ref: ModelRef, layout: DiskLayout) -> str:
    return f"{ref.fingerprint} {_key(layout)}"


def _key(layout: DiskLayout) -> str:
    """A short name of the layout for widget and cache keys."""
    how = (
        layout.method,
        layout.table,
        layout.radius,
        layout.radius_source,
        layout.seed,
        layout.n_rounds_done,
        bool(layout.kept.min() == NOTHING),
    )
    return _short(repr((*how, len(layout.token_ids), layout.provenance.revision)))


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8")).hexdigest()[:12]
