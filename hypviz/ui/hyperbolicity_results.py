"""The parts of the Hyperbolicity page below its controls."""

from __future__ import annotations

import streamlit as st

from hypviz.hyperbolicity.findings import WHY_N, comparison_sentence, counts_sentence, definition_sentence
from hypviz.hyperbolicity.paper import PROVENANCE
from hypviz.plots.hyperbolicity import delta_chart, points_chart
from hypviz.records.hyperbolicity import Hyperbolicity
from hypviz.records.texts import Corpus
from hypviz.ui.charts import provenance, show
from hypviz.ui.text import escape_markdown


def show_hyperbolicity(record: Hyperbolicity, corpus: Corpus) -> None:
    """The distribution beside its nulls, and the prompts by their number of points; a clicked prompt shows its text."""
    st.caption(escape_markdown(counts_sentence(record)))
    whole = st.toggle("Whole scale from 0 to 1, with the paper's other spaces", key="delta-whole-scale")
    show(delta_chart(record, whole_scale=whole), "delta-distribution")
    st.markdown(escape_markdown(comparison_sentence(record)))
    st.caption(escape_markdown(f"{definition_sentence(record)}\nGrey diamonds: {PROVENANCE}, input embeddings."))
    st.divider()
    event = show(points_chart(record), "delta-points", selectable=True)
    st.caption(escape_markdown(WHY_N))
    _selected_prompts(event, corpus)
    provenance(record.provenance.line)


def _selected_prompts(event: object, corpus: Corpus) -> None:
    points = getattr(getattr(event, "selection", None), "points", None) or []
    chosen = [int(p["customdata"]) for p in points if isinstance(p.get("customdata"), (int, float))]
    if not chosen:
        st.caption("Click a prompt in the chart to read it.")
    for prompt in chosen[:5]:
        st.markdown(f"**Prompt {prompt}:** {escape_markdown(corpus.texts[prompt - 1])}")
    if len(chosen) > 5:
        st.caption(f"The first 5 of {len(chosen)} selected prompts.")
