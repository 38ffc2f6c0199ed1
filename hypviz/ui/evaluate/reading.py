"""What the models read of one problem, token by token, before any is asked: the template, the worked examples and the options included."""

from __future__ import annotations

import streamlit as st

from hypviz.records.asking import Asking
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet
from hypviz.studies.how_asked import prompt_tokens
from hypviz.ui.evaluate.problems import PAGE
from hypviz.ui.shared.read_text import show_read
from hypviz.ui.shell.address import Kept
from hypviz.words.numbers import counted


def show_reading(ref: ModelRef, asking: Asking, problems: ProblemSet) -> None:
    """Behind an expander, so that nothing is encoded until somebody looks; the first problem, or the one chosen by its number."""
    kept = Kept(PAGE)
    fold = st.expander("What the models read", icon=":material/visibility:", key=kept.key("reading", False), on_change="rerun")
    kept.keep(reading=bool(fold.open))
    if not fold.open:
        return
    with fold:
        place = _place(problems) if len(problems.problems) > 1 else 1
        tokens = prompt_tokens(ref, asking, problems.problems[place - 1].question)
        show_read(tokens, label=f"Problem {place} as the models read it", key="evaluate-read")
        st.caption(f"{counted(len(tokens), 'token')}, special ones framed. Then the models write.")


def _place(problems: ProblemSet) -> int:
    """Which problem, counted from 1."""
    narrow, _ = st.columns([1, 5])
    n = len(problems.problems)
    return int(narrow.number_input("Problem", min_value=1, max_value=n, value=1, key=f"reading-{problems.fingerprint}"))
