"""The control for the longest answer: at first what the adapters and the problems call for, with the reason beside it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.records.asking import Asking
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet
from hypviz.studies.answer_length import AnswerLength, answer_length
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown

MOST = 4096


def choose_length(
    kept: Kept, ref: ModelRef, folders: tuple[str, ...], where: DeltaGenerator, asking: Asking, problems: ProblemSet | None = None
) -> int:
    """The number of tokens; a person's own choice stays in the address."""
    key = (ref.fingerprint, folders, problems.fingerprint if problems is not None else "", repr(asking))
    usual = _usual(key, ref, folders, problems, asking)
    tokens = where.number_input(
        "Longest answer (tokens)",
        1,
        MOST,
        key=kept.key("tokens", usual.tokens, low=1, high=MOST, key=f"{kept.page}-tokens-{usual.tokens}"),
        help="A longer answer is cut and counts as unfinished.",
    )
    where.caption(escape_markdown(f"Usual here: {usual.reason}" if tokens != usual.tokens else usual.reason))
    kept.keep(tokens=int(tokens))
    return int(tokens)


@st.cache_resource(show_spinner="Looking for the longest answer…", max_entries=32)
def _usual(
    key: tuple[object, ...], _ref: ModelRef, _folders: tuple[str, ...], _problems: ProblemSet | None, _asking: Asking
) -> AnswerLength:
    return answer_length(_ref, _folders, _problems, _asking)
