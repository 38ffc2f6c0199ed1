"""Importing the slow libraries in the background after the first paint, so that the first click does not wait for them."""

from __future__ import annotations

import importlib
import threading

import streamlit as st

_SLOW = ("numpy", "pandas", "plotly.graph_objects", "torch", "transformers", "sklearn", "scipy.stats", "geoopt", "peft")


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Start the imports once per server."""
    thread = threading.Thread(target=lambda: [importlib.import_module(name) for name in _SLOW], name="hypviz-warm-up", daemon=True)
    thread.start()
    return thread
