"""The Start page's view of the store: what results take on disk, by kind, and the buttons that clear them."""

from __future__ import annotations

import streamlit as st

from hypviz.studies.kept import RUNS, Store, cache_root
from hypviz.studies.models import show_size
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.store import kind_words


def show_store() -> None:
    """Sizes by kind with a clear button each; fine-tuned runs are listed but never cleared here."""
    store = Store()
    sizes = {kind: size for kind, size in store.sizes().items() if size}
    kept = sum(size for kind, size in sizes.items() if kind != RUNS)
    with st.expander(f"Stored results: {show_size(sum(sizes.values()))}", icon=":material/database:", key="start-store"):
        where = escape_markdown(str(cache_root()))
        st.caption(f"Computed results are kept in {where}, so that a second visit is instant. Cleared ones are computed again when needed.")
        if not sizes:
            st.info("Nothing is stored yet: results appear here as the other pages compute them.", icon=":material/inbox:")
            return
        for kind, size in sizes.items():
            _row(store, kind, size)
        if kept and st.button(f"Clear all computed results ({show_size(kept)})", key="clear-all", icon=":material/delete_sweep:"):
            for kind in sizes:
                if kind != RUNS:
                    store.clear(kind)
            st.rerun()


def _row(store: Store, kind: str, size: int) -> None:
    name, amount, action = st.columns([3, 2, 2], vertical_alignment="center")
    name.markdown(f"**{escape_markdown(kind_words(kind))}**")
    amount.markdown(show_size(size))
    if kind == RUNS:
        action.caption("fine-tunes; delete them on the Fine-tune page")
    elif action.button("Clear", key=f"clear-{kind}", icon=":material/delete:", type="tertiary"):
        store.clear(kind)
        st.rerun()
