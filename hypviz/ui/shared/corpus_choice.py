"""The control that chooses texts: a bundled problem set or an uploaded file; shared by the pages that measure on a corpus."""

from __future__ import annotations

import streamlit as st

from hypviz.records.texts import Corpus
from hypviz.studies.problem_sets import PROBLEM_SET_NAMES
from hypviz.studies.texts import corpus_from_bytes, read_corpus
from hypviz.ui.shared.problem_preview import left_out
from hypviz.ui.shared.uploads import Files, name_or_file, parsed
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown

ENDINGS = ["txt", "jsonl", "json", "csv", "tsv"]


@st.cache_resource(show_spinner="Writing the problems…", max_entries=8)
def named(name: str) -> Corpus:
    """The questions of a bundled set, written once for all sessions."""
    return read_corpus(name)


def choose_corpus(kept: Kept, label: str = "Texts", *, name: str = "texts") -> Corpus | None:
    """The chosen corpus, or None while no file is there yet; raises `HypvizError` for a file that holds no text.

    `name` is the choice's in the address.
    """
    found = name_or_file(
        kept,
        name,
        PROBLEM_SET_NAMES,
        label=label,
        files=CORPORA,
        words=label_of,
        help="The questions of a bundled problem set, or a file: plain text with one text a line, or rows with a text field.",
    )
    return named(found) if isinstance(found, str) else found


def label_of(name: str) -> str:
    """A bundled problem set in words."""
    return "bundled problems, all skills" if name == PROBLEM_SET_NAMES[0] else f"bundled problems, {name}"


def _take(key: str) -> Corpus | None:
    upload, column = st.columns([3, 1])
    file = upload.file_uploader("A .txt, .jsonl, .json, .csv or .tsv file in UTF-8", type=ENDINGS, key=key)
    field = column.text_input(
        "Field",
        key=f"{key}-field",
        placeholder="question",
        disabled=file is None,
        help="The column that holds the text, if it is not found by itself.",
    )
    if file is None:
        return None
    data, asked = file.getvalue(), field.strip() or None
    return parsed(data, ["texts", file.name, asked], lambda: corpus_from_bytes(data, file.name, field=asked))


def _show(found: Corpus) -> None:
    for notice in found.notices:
        st.caption(f":material/info: {escape_markdown(notice)}")
    if found.n_skipped:
        st.caption(f":material/filter_alt: {escape_markdown(left_out(found.n_skipped, found.skipped))}")


CORPORA = Files(
    record=Corpus,
    take=_take,
    show=_show,
    size=lambda corpus: f"{len(corpus.texts):,} texts",
    awaited="Choose a file to measure on: a line, or a row, is one text.",
)
