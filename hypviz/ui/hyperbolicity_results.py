"""The parts of the Hyperbolicity page below its controls."""

from __future__ import annotations

import streamlit as st

from hypviz.hyperbolicity.findings import WHY_N, comparison_sentence, counts_sentence, definition_words
from hypviz.hyperbolicity.paper import PROVENANCE
from hypviz.plots.hyperbolicity import delta_chart, points_chart
from hypviz.records.hyperbolicity import Hyperbolicity
from hypviz.records.texts import Corpus
from hypviz.store import Lookup
from hypviz.ui.charts import provenance, show
from hypviz.ui.selection import selected_values
from hypviz.ui.text import escape_markdown

DEFINITION = (
    r"\begin{gathered}\delta_{\mathrm{rel}} = \frac{2\,\delta}{\operatorname{diam}}, \qquad "
    r"\delta = \max_{i,j}\Bigl(\max_k \min(G_{ik}, G_{kj}) - G_{ij}\Bigr)\\[1ex] "
    r"G_{ij} = \tfrac12\bigl(d(i,b) + d(j,b) - d(i,j)\bigr)\end{gathered}"
)


def show_hyperbolicity(found: Lookup[Hyperbolicity], corpus: Corpus) -> None:
    """The distribution beside its nulls, and the prompts by their number of points; a clicked prompt shows its text."""
    record = found.record
    if found.notice:
        st.warning(escape_markdown(found.notice))
    st.caption(escape_markdown(counts_sentence(record)))
    whole = st.toggle("Whole scale from 0 to 1, with the paper's other spaces", key="delta-whole-scale")
    show(delta_chart(record, whole_scale=whole), "delta-distribution")
    st.markdown(escape_markdown(comparison_sentence(record)))
    _definition(record)
    st.divider()
    key = f"delta-points-{corpus.fingerprint[:12]}-{record.n_prompts}"  # another text starts without a selection
    event = show(points_chart(record), key, selectable=True, file="delta-points")
    st.caption(escape_markdown(WHY_N))
    _selected_prompts(event, corpus)
    provenance(record.provenance.line)


def _definition(record: Hyperbolicity) -> None:
    with st.expander("How it is measured", icon=":material/function:"):
        st.latex(DEFINITION)
        st.markdown(escape_markdown(definition_words(record)))
        st.markdown(f"Grey diamonds: the values printed in {PROVENANCE}, mean and standard deviation over prompts of four data sets.")


def _selected_prompts(event: object, corpus: Corpus) -> None:
    chosen = [int(prompt) for prompt in selected_values(event)]
    if not chosen:
        st.caption("Click a prompt in the chart to read it.")
    for prompt in chosen[:5]:
        st.markdown(f"**Prompt {prompt}:** {escape_markdown(corpus.texts[prompt - 1])}")
    if len(chosen) > 5:
        st.caption(f"The first 5 of {len(chosen)} selected prompts.")
