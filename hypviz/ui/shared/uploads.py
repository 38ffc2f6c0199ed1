"""Files that people bring: read once, kept in the store by their content, and found again by a reload, a link and Back.

In: the choice in the browser's address, which is a name that ships with hypviz or the `mark` of a file, and how a page takes files.
Out: that name, or the record that the file was read into: the one given now, else the one kept before; None while a file is awaited.

    found = name_or_file(Kept("frequency"), "counts", ["general", "bundled"], label="Counts from", files=CORPORA)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.records.cases import CaseList
from hypviz.records.columns import TokenColumns
from hypviz.records.texts import Corpus, ProblemSet, TextFile
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.session import store
from hypviz.ui.shell.text import escape_markdown

U = TypeVar("U", CaseList, Corpus, ProblemSet, TextFile, TokenColumns)
UPLOAD = "upload"
UPLOAD_WORDS = "a file of your own"
KIND = "uploads"
ALGORITHM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Files(Generic[U]):
    """How a page takes files of one kind.

    `take(key)` draws the control and gives the record of the file in it, None while there is none; `show` draws what was done to read
    it, `size` says in words how much it holds, and `awaited` what to choose while there is no file. `algorithm` counts how such a file
    was read: what was kept under another one is read anew.
    """

    record: type[U]
    take: Callable[[str], U | None]
    show: Callable[[U], None]
    size: Callable[[U], str]
    awaited: str
    algorithm: int = ALGORITHM


def name_or_file(
    kept: Kept,
    name: str,
    options: Sequence[str],
    *,
    label: str,
    files: Files[U],
    default: str | None = None,
    explicit: bool = False,
    words: Callable[[str], str] = str,
    help: str | None = None,
    place: DeltaGenerator | None = None,
) -> str | U | None:
    """The chosen one of `options`, or the file where the person chose to bring one; None while it is awaited.

    `name` is the choice's in the address, `words` says an option for people; `default` is the first option unless given, and stays in
    the address where it is `explicit`. The menu stands in `place`, the file below. Raises `HypvizError` for a file that cannot be read.
    """
    every = [*options, UPLOAD]
    given = kept.key(name, "", read=lambda text: "" if text in every else text, key=kept.place(f"{name}-given"))
    key = kept.key(name, default or every[0], among=every, read=lambda text: _name_in(text, every), explicit=explicit)
    chosen = str(
        (place or st).selectbox(
            label, every, key=key, format_func=lambda option: UPLOAD_WORDS if option == UPLOAD else words(option), help=help
        )
    )
    if chosen != UPLOAD:
        kept.keep(**{name: chosen})
        return chosen
    found = _file(files, key, st.session_state[given])
    if found is not None:
        st.session_state[given] = mark(found)
    kept.keep(**{name: UPLOAD if found is None else mark(found)})
    return found


def _name_in(text: str, every: Sequence[str]) -> str:
    """The choice that a text of the address stands for: one of `every`, else a file by its mark; `ValueError` for an empty text."""
    if not text.strip():
        raise ValueError("which names no choice and no file")
    return text if text in every else UPLOAD


def file_alone(kept: Kept, name: str, files: Files[U]) -> U | None:
    """A file without a menu beside it; `name` is its place in the address. Raises `HypvizError` for one that cannot be read."""
    given = kept.key(name, "")
    found = _file(files, given, st.session_state[given])
    if found is not None:
        st.session_state[given] = mark(found)
        kept.keep(**{name: mark(found)})
    return found


def kept_before(marked: str, files: Files[U]) -> U | None:
    """The file of that mark, as the store keeps it; None where it does not."""
    return _kept(files, marked, lambda: store().get(KIND, _kept_as(files, marked), files.record)) if marked else None


def parsed(data: bytes, said: Sequence[str | None], parse: Callable[[], U]) -> U:
    """What `parse` makes of a file, once for all runs: of these bytes, under what was `said` of them (its name, its field, who reads)."""
    return _parsed(content_key(data, said), parse)


def content_key(data: bytes, said: Sequence[str | None]) -> str:
    """What stands for a file (sha256 hex): equal for equal bytes of which the same was `said`."""
    content = json.dumps([*said, hashlib.sha256(data).hexdigest()])
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


@st.cache_resource(show_spinner="Reading the file…", max_entries=4)
def _parsed(key: str, _parse: Callable[[], U]) -> U:
    return _parse()


def mark(found: U) -> str:
    """What stands for a file in the address and in the store (sha256 hex): equal for equal content under an equal name."""
    return hashlib.sha256(json.dumps(found.identity, sort_keys=True).encode("utf-8")).hexdigest()


def _file(files: Files[U], key: str, marked: str) -> U | None:
    """The file given now, else the one whose mark the address has, as the store keeps it."""
    found = files.take(f"{key}-file")
    if found is not None:
        files.show(found)
        marked = mark(found)
        return _kept(files, marked, lambda: _put(files, marked, found)) or found
    before = kept_before(marked, files)
    if before is not None:
        st.caption(escape_markdown(f"Kept from before: {before.name}, {files.size(before)}."))
        files.show(before)
        return before
    if marked:
        words = f"The address names a file ({marked[:12]}) that is not kept here; choose it once more."
        st.warning(escape_markdown(words), icon=":material/link_off:")
    if st.session_state.get(f"{key}-file") is None:  # else it is being read, or its columns are being chosen
        st.info(files.awaited, icon=":material/upload_file:")
    return None


def _put(files: Files[U], marked: str, found: U) -> U:
    return store().load_or_compute(KIND, _kept_as(files, marked), files.record, lambda: found).record


def _kept(files: Files[U], marked: str, read: Callable[[], U | None]) -> U | None:
    """The record of that mark, which is read from the store once as long as the store has it."""
    held = _held(f"{store().root} {files.record.__name__} {files.algorithm} {marked}")
    before: list[U] = held[-1:] if store().holds(KIND, _kept_as(files, marked)) else []
    if before:
        return before[0]
    found = read()
    held[:] = [] if found is None else [found]
    return found


@st.cache_resource(show_spinner=False, max_entries=4)
def _held(key: str) -> list[Any]:
    """The place in memory of a record that was read, empty at first."""
    return []


def _kept_as(files: Files[U], marked: str) -> dict[str, object]:
    """The mark of a file of another kind finds nothing, where the store would take that file for a damaged one and set it aside."""
    return {"algorithm": files.algorithm, "record": files.record.__name__, "fingerprint": marked}
