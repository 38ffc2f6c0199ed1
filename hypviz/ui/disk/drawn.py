"""What the pictures of the Disk page are drawn from: scenes, findings, own columns, neighbours, pins and marks, each made once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from hypviz.errors import HypvizError
from hypviz.records.columns import TokenColumns
from hypviz.records.disk_scene import NOTHING, SceneColour
from hypviz.records.disk_view import DiskView
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.play import Played
from hypviz.studies.disk import CentredRows, TokenNeighbours, layout_rows, token_neighbours
from hypviz.studies.disk.columns import own_columns
from hypviz.studies.disk.scene import disk_scene
from hypviz.studies.disk.view import disk_view
from hypviz.ui.disk.chosen import ask, found_before
from hypviz.ui.disk.component import Said
from hypviz.ui.disk.own_columns import readings_of, sentences_of
from hypviz.ui.disk.path import ask_for_path
from hypviz.ui.disk.selection import clear, pin, pinned, pinned_text, select
from hypviz.ui.shared.uploads import mark
from hypviz.ui.shell.session import read_once
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.columns import joined_sentence

PIN_NEIGHBOURS = 3
LOOKED = "disk-looked"


def answer_of(ref: ModelRef, said: Said) -> None:
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
def scene_of(
    name: str,
    _layout: DiskLayout,
    _table: TokenTable,
    _norms: np.ndarray,
    _key: str,
    _own: tuple[SceneColour, ...],
    _partner: str | None = None,
    _frames: Played | None = None,
) -> bytes:
    """The scene as bytes, packed once under `name`; `_partner` is the key of one beside it, `_frames` what it is played on to."""
    return disk_scene(_layout, _table, _norms, key=_key, partner=_partner, own=_own, played=_frames).to_bytes()


@st.cache_resource(show_spinner=False, max_entries=12)
def finding_of(
    name: str, _layout: DiskLayout, _table: TokenTable, _norms: np.ndarray, _colour: str, _own: tuple[SceneColour, ...]
) -> DiskView:
    """The title, words and data under one colouring, from the layout's own centre."""
    return disk_view(_layout, _table, _norms, colour=_colour, own=_own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a person's own columns give a picture: a mark for its keys, colourings, a sentence on the rows, and one for each colouring
    whose column is not plainly read; empty without a file."""

    mark: str = ""
    colours: tuple[SceneColour, ...] = ()
    sentence: str = ""
    readings: Mapping[str, str] = field(default_factory=dict[str, str])

    def said(self, colour: str) -> str:
        """The words below a picture under that colouring."""
        return " ".join(filter(None, (self.sentence, self.readings.get(colour))))


def own_of(ref: ModelRef, layout: DiskLayout, table: TokenTable, columns: TokenColumns | None) -> Own:
    """What the file `columns` gives this layout; empty without one."""
    if columns is None:
        return Own()
    marked = mark(columns)
    return _joined(f"{name_of(ref, layout)} {marked}", marked, columns, layout, table)


@st.cache_resource(show_spinner=False, max_entries=6)
def _joined(key: str, _mark: str, _columns: TokenColumns, _layout: DiskLayout, _table: TokenTable) -> Own:
    found = own_columns(_columns, readings_of(_columns), _layout, _table)
    sentence = joined_sentence(_columns, found.joined)
    return Own(mark=_mark, colours=found.colours, sentence=sentence, readings=sentences_of(_columns))


def four_of(ref: ModelRef, layout: DiskLayout) -> list[int]:
    """The ids that attain the delta of the tokens that were measured."""
    with suppress(HypvizError):  # which the section below the picture says
        found = found_before(ref, layout)
        return found.four.tolist() if found is not None else []
    return []


def looked_of(ref: ModelRef, layout: DiskLayout) -> TokenNeighbours | None:
    """The neighbours of the token under the mouse."""
    rows = np.flatnonzero(layout.token_ids == st.session_state.get(LOOKED, -1))
    return neighbours_of(ref, layout, int(rows[0])) if rows.size else None


def neighbours_of(ref: ModelRef, layout: DiskLayout, row: int) -> TokenNeighbours:
    """The token's true neighbours, and which of them the disk keeps; reads the embeddings."""
    return _neighbours(f"{name_of(ref, layout)} {row}", ref, layout, row)


@st.cache_resource(show_spinner=False, max_entries=64)
def _neighbours(key: str, _ref: ModelRef, _layout: DiskLayout, _row: int) -> TokenNeighbours:
    return token_neighbours(rows_of(_ref, _layout), _layout, _row)


def rows_of(ref: ModelRef, layout: DiskLayout) -> CentredRows:
    """The layout's rows, read and centred once for all sessions: the first look for neighbours waits for them."""
    return _rows(rows_key(ref, layout), ref, layout)


def rows_key(ref: ModelRef, layout: DiskLayout) -> str:
    """A name for the rows of the layout in caches."""
    return f"{ref.fingerprint} {layout.table} {hashlib.sha256(layout.token_ids.tobytes()).hexdigest()}"


@st.cache_resource(show_spinner=False, max_entries=2)
def read_ahead(key: str, _ref: ModelRef, _layout: DiskLayout) -> threading.Thread:
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


def pins_of(ref: ModelRef, layout: DiskLayout, table: TokenTable) -> dict[str, Any] | None:
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
    near = _pin_neighbours(f"{name_of(ref, layout)} {ids}", ref, layout, ids) if ids else {}
    return pins | {"near": [near.get(i, []) for i in pins["ids"]]}


@st.cache_resource(show_spinner=False, max_entries=32)
def _pin_neighbours(key: str, _ref: ModelRef, _layout: DiskLayout, _ids: list[int]) -> dict[int, list[int]]:
    rows = rows_of(_ref, _layout)
    near = {row: rows.nearest(row, k=PIN_NEIGHBOURS).rows for row in np.flatnonzero(np.isin(_layout.token_ids, _ids)).tolist()}
    return {int(_layout.token_ids[row]): _layout.token_ids[found].tolist() for row, found in near.items()}


def name_of(ref: ModelRef, layout: DiskLayout) -> str:
    """A name for the layout in caches."""
    return f"{ref.fingerprint} {_key(layout)}"


def _key(layout: DiskLayout) -> str:
    """A short name of the layout for widget and cache keys."""
    how = (
        layout.method,
        layout.pull,
        layout.table,
        layout.radius,
        layout.radius_source,
        layout.seed,
        layout.n_rounds_done,
        bool(layout.kept.min() == NOTHING),
    )
    return short(repr((*how, hashlib.sha256(layout.token_ids.tobytes()).hexdigest(), layout.provenance.revision)))


def short(name: str) -> str:
    """A name as a key of twelve letters."""
    return hashlib.sha256(name.encode("utf-8")).hexdigest()[:12]
