"""The control that chooses what tokens are counted in: the general word table, a bundled problem set, or a file."""

from __future__ import annotations

from hypviz.records.models import ModelRef
from hypviz.studies.counts import CountSource
from hypviz.studies.problem_sets import PROBLEM_SET_NAMES
from hypviz.studies.texts import GENERAL, general_words
from hypviz.ui.shared.corpus_choice import CORPORA, label_of, named
from hypviz.ui.shared.uploads import name_or_file
from hypviz.ui.shell.address import Kept

HELP = (
    "The general word table holds the counts of a million words of ordinary English and is cut into tokens by the model at hand. The "
    "problem sets are small and speak of cows and marbles; the bundled model was trained on them. A file: plain text with one text a "
    "line, or rows with a text field."
)


def choose_counts(kept: Kept, ref: ModelRef, label: str = "Counts from", *, name: str = "counts") -> CountSource | None:
    """The chosen source, the bundled model's own problems or the general table first; None while no file is there yet.

    `name` is the choice's in the address, from which the default of the model at hand is absent.
    """
    options = [*PROBLEM_SET_NAMES, GENERAL] if ref.kind == "bundled" else [GENERAL, *PROBLEM_SET_NAMES]
    found = name_or_file(kept, name, options, label=label, files=CORPORA, words=words_of, help=HELP)
    return source_of(found) if isinstance(found, str) else found


def words_of(name: str) -> str:
    """A choice in words."""
    return "general word table" if name == GENERAL else label_of(name)


def source_of(name: str) -> CountSource:
    """The general table, or a bundled problem set by its name."""
    return general_words() if name == GENERAL else named(name)
