"""What is to be known before believing the model at hand, on the pages that load it or ask it, and in the sidebar of all."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.records.models import ModelRef
from hypviz.studies.model_notices import sentences, short_label_sentence, stored_notices
from hypviz.studies.models import BUNDLED_SOURCE, template_notice
from hypviz.ui.shell.session import current_source, model_ref, store
from hypviz.ui.shell.text import escape_markdown


def show_notices(ref: ModelRef, *, template: str) -> None:
    """That it is asked without its chat template, and everything known of the model that makes its answers doubtful."""
    without_chat = template_notice(ref, template=template)
    if without_chat:
        st.info(escape_markdown(without_chat), icon=":material/forum:")
    show_sentences(sentences(ref, stored_notices(ref, store=store())))


def show_sentences(said: Sequence[str]) -> None:
    """Each sentence as a warning of its own."""
    for sentence in said:
        st.warning(escape_markdown(sentence), icon=":material/warning:")


def show_in_sidebar() -> None:
    """That the labels of the chosen model cannot be trusted, on every page; what is wrong with a choice is said by the page itself."""
    if current_source() == BUNDLED_SOURCE:  # above doubt, and so not even read before somebody wants it
        return
    try:
        ref = model_ref()
        sentence = short_label_sentence(ref, stored_notices(ref, store=store()))
    except HypvizError:
        return
    if sentence:
        st.sidebar.warning(escape_markdown(sentence), icon=":material/warning:")
