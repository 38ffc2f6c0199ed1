"""The Start page's list of small models of the hub worth trying, each a click away from its cost."""

from __future__ import annotations

import streamlit as st

from hypviz.studies.local_models import AS_OF, SUGGESTED
from hypviz.studies.models import show_size
from hypviz.ui.shell.text import short_count
from hypviz.ui.start.rows import Row, heading, rows, show_row

_WIDTHS = (4.4, 1.2, 1.4, 1.2, 1.4)


def show_suggested() -> None:
    """A row a model: a click fills MODEL, whose cost is then asked."""
    st.caption(
        "Press Enter after the id, or choose one of these small models: what it costs is asked anew and shown before anything is "
        f"downloaded. The list has sizes and licences as they were published by {AS_OF}."
    )
    with rows("suggested"):
        heading(("Worth trying", "Size", "Parameters", "Table rows", "Licence"), _WIDTHS)
        for k, model in enumerate(SUGGESTED):
            cells = (show_size(model.download_bytes), short_count(model.n_parameters), f"{model.rows:,}", model.licence)
            row = Row(label=model.source, source=model.source, icon=":material/cloud_download:", cells=cells, help=model.words.capitalize())
            show_row(row, f"suggested-{k}", _WIDTHS)
