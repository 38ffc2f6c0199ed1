"""The parts of the Hyperbolicity page below its controls."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hypviz.plots.hyperbolicity import delta_chart, points_chart
from hypviz.plots.token_text import visible
from hypviz.records.hyperbolicity import Hyperbolicity
from hypviz.records.models import ModelRef
from hypviz.records.specs.hyperbolicity import DeltaSpec
from hypviz.records.texts import Corpus
from hypviz.studies.hyperbolicity import PROMPTS, TABLES, estimated_seconds
from hypviz.studies.kept import Lookup
from hypviz.studies.models import encode_prompts
from hypviz.studies.nulls import METRICS
from hypviz.studies.vocabulary_delta import PromptAnatomy, look_at_prompt
from hypviz.ui.shared.answered import is_answered
from hypviz.ui.shared.selection import selected_values, selection_kept
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.session import embeddings, model_summary, token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.hyperbolicity import PROVENANCE, WHY_N, comparison_sentence, counts_sentence, definition_words, nulls_sentence

AT_ONCE = 30  # seconds up to which a measurement starts unasked
SHOWN = 5
DEFINITION = (
    r"\begin{gathered}\delta_{\mathrm{rel}} = \frac{2\,\delta}{\operatorname{diam}}, \qquad "
    r"\delta = \max_{i,j}\Bigl(\max_k \min(G_{ik}, G_{kj}) - G_{ij}\Bigr)\\[1ex] "
    r"G_{ij} = \tfrac12\bigl(d(i,b) + d(j,b) - d(i,j)\bigr)\end{gathered}"
)


def show_measurement(spec: DeltaSpec) -> None:
    """Measure as a job, then show it; an answer that the store has is shown unasked."""
    estimate = estimated_seconds(spec, dimension=model_summary(spec.model).hidden_size)
    found = run_job(
        PROMPTS.key(spec),
        "Measuring δ",
        lambda work: PROMPTS.get(spec, work),
        estimate_s=estimate,
        auto=estimate < AT_ONCE or is_answered(PROMPTS, spec),
        button="Measure",
        draw=lambda record: show_hyperbolicity(spec, record),
        missing=_missing,
    )
    if found is not None:
        if found.notice:
            st.warning(escape_markdown(found.notice))
        show_hyperbolicity(spec, found.record)


def _missing(found: Lookup[Hyperbolicity]) -> str:
    """What a stop left out."""
    record = found.record
    if record.is_whole:
        return ""
    repeats = f" and {len(record.begun)} repeats of the next" if len(record.begun) else ""
    nulls = f"{record.n_nulls} of {len(record.asked)} nulls{repeats}"
    return f"Stopped with {nulls} measured beside all {record.n_prompts:,} prompts; they have been kept."


def show_hyperbolicity(spec: DeltaSpec, record: Hyperbolicity) -> None:
    """The distribution beside its nulls, whole or in part, and the prompts by their number of points; a clicked prompt shows its text."""
    kept = Kept("delta")
    st.caption(escape_markdown(counts_sentence(record)))
    whole = st.toggle("Whole scale from 0 to 1, with the paper's other spaces", key=kept.key("whole-scale", False))
    kept.keep(**{"whole-scale": whole})
    show(delta_chart(record, whole_scale=whole), "delta-distribution")
    st.markdown(escape_markdown(comparison_sentence(record)))
    if nulls_sentence(record):
        st.markdown(escape_markdown(nulls_sentence(record)))
    _definition(record)
    st.divider()
    key = f"delta-points-{spec.corpus.fingerprint[:12]}-{record.n_prompts}"  # another text starts without a selection
    event = show(points_chart(record), key, selectable=True, file="delta-points")
    st.caption(escape_markdown(WHY_N))
    chosen = selection_kept(kept, "prompt", selected_values(event), of=spec.corpus.fingerprint[:8], most=len(spec.texts))
    _selected_prompts(spec, record, chosen)
    provenance(record.provenance.line)


def _definition(record: Hyperbolicity) -> None:
    with st.expander("How it is measured", icon=":material/function:"):
        st.latex(DEFINITION)
        st.markdown(escape_markdown(definition_words(record)))
        st.markdown(f"Grey diamonds: the values printed in {PROVENANCE}, mean and standard deviation over prompts of four data sets.")


def _selected_prompts(spec: DeltaSpec, record: Hyperbolicity, chosen: Sequence[int]) -> None:
    if not chosen:
        st.caption("Click a prompt in the chart to read it and to see the four tokens that attain its δ.")
    for prompt in chosen[:SHOWN]:
        st.markdown(f"**Prompt {prompt}:** {escape_markdown(spec.corpus.texts[prompt - 1])}")
    if len(chosen) == 1 and record.metric == METRICS[0] and record.table == TABLES[0]:
        _anatomy(spec.model, spec.corpus, chosen[0] - 1)
    if len(chosen) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(chosen)} selected prompts.")


def _anatomy(ref: ModelRef, corpus: Corpus, prompt: int) -> None:
    """The four tokens of a prompt's four-point delta with the three sums, and what each base point would have given."""
    found = _looked_at(f"{ref.fingerprint} {corpus.fingerprint} {prompt}", ref, corpus, prompt)
    a, b, c, d = (f"`{visible(token_table(ref).text[i])}`" for i in found.witnesses.tolist())
    relative = 2.0 * found.lower / found.diameter
    st.markdown(
        f"Four tokens attain its δ over all base points, δ_rel = {relative:.3f}: "
        f"d({a}, {b}) + d({c}, {d}) = **{found.sums[0]:.3f}** exceeds "
        f"d({a}, {c}) + d({b}, {d}) = {found.sums[1]:.3f} and d({a}, {d}) + d({b}, {c}) = {found.sums[2]:.3f}; "
        "in a tree the two largest are equal. At one base point δ is at most that; the table shows it for each."
    )
    st.dataframe(
        {
            "base point": [visible(token_table(ref).text[i]) for i in found.ids.tolist()],
            "δ_rel": (2.0 * found.base_deltas / found.diameter).tolist(),
        },
        hide_index=True,
        height=220,
        column_config={"δ_rel": st.column_config.ProgressColumn(format="%.3f", min_value=0.0, max_value=float(max(relative, 1e-9)))},
    )


@st.cache_resource(show_spinner=False, max_entries=32)
def _looked_at(key: str, _ref: ModelRef, _corpus: Corpus, _prompt: int) -> PromptAnatomy:
    return look_at_prompt(embeddings(_ref), encode_prompts(_ref, [_corpus.texts[_prompt]])[0])
