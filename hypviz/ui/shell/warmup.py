"""Importing the slow libraries in the background after the first paint, so that the first click does not wait for them."""

from __future__ import annotations

import importlib
import threading

import streamlit as st

from hypviz.studies.models import transformers_library

_FIRST = ("numpy", "pandas", "plotly.graph_objects", "torch")
_THEN = ("sklearn", "scipy.stats", "geoopt", "peft")


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Start the imports once per server."""
    thread = threading.Thread(target=_import_all, name="hypviz-warm-up", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    for name in _FIRST:
        importlib.import_module(name)
    transformers_library()
    for name in _THEN:
        importlib.import_module(name)
