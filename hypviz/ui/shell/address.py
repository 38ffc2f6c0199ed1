"""Choices that outlive a rerun, a reload and a visit to another page: in the URL, and in the session for the way back."""

from __future__ import annotations

import streamlit as st


def recalled(page: str, name: str, default: str = "") -> str:
    """What the URL says, else what this session chose last on that page, else the default."""
    return st.query_params.get(name, st.session_state.get(f"_{page}-{name}", default))


def recalled_int(page: str, name: str, default: int, low: int, high: int) -> int:
    """A recalled whole number; the default where the URL holds none between `low` and `high`."""
    text = recalled(page, name, str(default))
    return int(text) if text.isascii() and text.isdigit() and low <= int(text) <= high else default


def carried() -> dict[str, str]:
    """The model and the adapters of the URL, for a link to another page."""
    return {name: st.query_params[name] for name in ("model", "run", "first", "second", "third") if name in st.query_params}


def remember(page: str, choices: dict[str, str]) -> None:
    """Put choices into the URL and the session; an empty one leaves the URL."""
    for name, value in choices.items():
        st.session_state[f"_{page}-{name}"] = value
        if value:
            if st.query_params.get(name) != value:
                st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]
