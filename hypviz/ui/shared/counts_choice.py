"""The control that chooses what tokens are counted in: the general word table, a bundled problem set, or a file."""

from __future__ import annotations

import streamlit as st

from hypviz.corpora.general import GENERAL, general_words
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.models import ModelRef
from hypviz.studies.counts import CountSource
from hypviz.ui.shared.corpus_choice import UPLOAD, label_of, named, uploaded

HELP = (
    "The general word table holds the counts of a million words of ordinary English and is cut into tokens by the model at hand. The "
    "problem sets are small and speak of cows and marbles; the bundled model was trained on them. A file: plain text with one text a "
    "line, or rows with a text field."
)


def choose_counts(key: str, ref: ModelRef, label: str = "Counts from") -> CountSource | None:
    """The chosen source, the bundled model's own problems or the general table first; None while no file is there yet."""
    own = ref.kind == "bundled"
    options = [*PROBLEM_SET_NAMES, GENERAL] if own else [GENERAL, *PROBLEM_SET_NAMES]
    # a key for each order, so that another model's first choice is not kept for this one
    chosen = st.selectbox(label, [*options, UPLOAD], key=f"{key}-{'name' if own else 'counts'}", format_func=words_of, help=HELP)
    return uploaded(key) if chosen == UPLOAD else source_of(str(chosen))


def words_of(name: str) -> str:
    """A choice in words."""
    return "general word table" if name == GENERAL else label_of(name)


def source_of(name: str) -> CountSource:
    """The general table, or a bundled problem set by its name."""
    return general_words() if name == GENERAL else named(name)
