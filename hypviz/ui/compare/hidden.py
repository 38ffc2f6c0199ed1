"""What the blind view hides before Reveal besides names: the answer that is expected. Which questions were revealed, in the session."""

from __future__ import annotations

import streamlit as st

from hypviz.ui.shell.address import Kept

PAGE = "compare"
_REVEALED = "_compare-revealed"


def is_hidden(question: str) -> bool:
    """Whether nothing may be said yet of what is right."""
    return bool(st.session_state[Kept(PAGE).key("blind", False)]) and question not in st.session_state.get(_REVEALED, set())


def reveal(question: str, *, shown: bool) -> None:
    """From now on what is right may be said, or no longer."""
    revealed: set[str] = st.session_state.setdefault(_REVEALED, set())
    revealed.add(question) if shown else revealed.discard(question)
