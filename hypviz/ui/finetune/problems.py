"""What a fine-tune learns from: a bundled set's training split, or a file that a reload still finds."""

from __future__ import annotations

import streamlit as st

from hypviz.records.texts import ProblemSet
from hypviz.studies.finetune.lessons import LESSONS, learned_from
from hypviz.studies.problem_sets import is_bundled, set_label
from hypviz.ui.shared.problem_file import from_the_hub, take_problems
from hypviz.ui.shared.problem_preview import show_reading
from hypviz.ui.shared.uploads import Files, name_or_file
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.numbers import counted


def choose_problems(kept: Kept) -> ProblemSet | None:
    """The set chosen; None while a file is awaited or a set is read."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with right:
        found = name_or_file(
            kept,
            "problems",
            LESSONS,
            label="Learn from",
            files=_FILES,
            words=set_label,
            help="Sets with a name are learned from their training split; Evaluate asks the test split. The loss is taken on answers only.",
            place=left,
        )
        return _named(found) if isinstance(found, str) else found


def _named(name: str) -> ProblemSet | None:
    found = _read(name) if is_bundled(name) else from_the_hub(name, None, "train")
    if found is None:
        return None
    if not is_bundled(name):
        show_reading(found)
    n = counted(len(found.problems), "training problem")
    st.caption(f"{n}, for example: {escape_markdown(found.problems[0].question)}")
    return found


@st.cache_resource(show_spinner="Writing the problems…", max_entries=8)
def _read(name: str) -> ProblemSet:
    return learned_from(name)


def _size(found: ProblemSet) -> str:
    return counted(len(found.problems), "problem")


_FILES = Files(
    record=ProblemSet,
    take=take_problems,
    show=show_reading,
    size=_size,
    awaited="Choose a file: each row needs a question and an answer.",
)
