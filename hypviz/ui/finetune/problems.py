"""What a fine-tune learns from: a bundled set's training split, or an upload that a reload still finds."""

from __future__ import annotations

import streamlit as st

from hypviz.corpora import read_problems
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.texts import ProblemSet
from hypviz.ui.shared.problem_upload import UPLOAD, set_label, uploaded_problems
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.numbers import counted

_GIVEN = "finetune-given"  # the fingerprint of the file given last


def choose_problems(kept: Kept) -> ProblemSet | None:
    """The set chosen; None while a file is awaited."""
    options = [*PROBLEM_SET_NAMES, UPLOAD]
    given = kept.key("problems", "", read=lambda text: "" if text in options else text, key=_GIVEN)
    key = kept.key("problems", options[0], read=lambda text: text if text in options else UPLOAD)
    left, right = st.columns(2, vertical_alignment="bottom")
    name = left.selectbox(
        "Learn from",
        options,
        key=key,
        format_func=set_label,
        help="Bundled problems come from their training split; the Evaluate page asks the test split. The loss is taken on answers only.",
    )
    with right:
        found = uploaded_problems(st.session_state[given], key="finetune-file") if name == UPLOAD else _bundled(name)
    if found is None:
        st.info("Choose a file: each row needs a question and an answer with a number (GSM8K and MAWPS files work as they are).")
    elif name == UPLOAD:
        st.session_state[given] = found.fingerprint
    kept.keep(problems=name if found is None or name != UPLOAD else found.fingerprint)
    return found


def _bundled(name: str) -> ProblemSet:
    found = _read(name)
    n = counted(len(found.problems), "training problem")
    st.caption(f"{n}, for example: {escape_markdown(found.problems[0].question)}")
    return found


@st.cache_resource(show_spinner="Writing the problems…", max_entries=8)
def _read(name: str) -> ProblemSet:
    return read_problems(name, split="train")
