"""The Frequency & norm page below its controls: the answer to its question, whole or as far as it is known."""

from __future__ import annotations

import streamlit as st

from hypviz.plots.frequency import distribution_chart, norm_chart
from hypviz.plots.token_groups import groups_chart
from hypviz.records.frequency import FrequencyNorm
from hypviz.records.specs.frequency import FrequencySpec
from hypviz.studies.counts import estimated_seconds
from hypviz.studies.frequency import FREQUENCY
from hypviz.ui.frequency.controls import choose_as_read, choose_log_norm
from hypviz.ui.shared.untrained import show_untrained
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.frequency import (
    counts_sentence,
    exponents_note,
    groups_note,
    missing_sentence,
    ranges_sentence,
)


def measured(spec: FrequencySpec) -> None:
    """The answer as far as it is known, while it is computed and after a stop too."""
    seconds = 10 + estimated_seconds(spec.source)
    found = run_job(
        FREQUENCY.key(spec),
        "Counting and fitting",
        lambda work: FREQUENCY.get(spec, work),
        estimate_s=seconds,
        auto=seconds < 20,
        button="Count and measure",
        draw=lambda record: _draw(record, log_norm=False),
        missing=lambda found: missing_sentence(found.record),
    )
    if found is None:
        return
    if found.notice:
        st.warning(escape_markdown(found.notice))
    record, log_norm = found.record, choose_log_norm()
    _draw(record.as_read() if choose_as_read(record.embedding_scale) else record, log_norm=log_norm)
    show_untrained(spec.model, ("input",), taken_in=spec.untrained)


def _draw(record: FrequencyNorm, *, log_norm: bool) -> None:
    """The scatter of norms, the distribution with its fits, and the paper's token groups."""
    st.caption(escape_markdown(counts_sentence(record)))
    show(norm_chart(record, log_norm=log_norm), "frequency-norm")
    st.caption(escape_markdown(ranges_sentence(record)))
    if record.embedding_scale != 1:
        scale = f"{record.embedding_scale:.4g}"
        st.caption(f"This architecture multiplies its rows by {scale} inside the model; norms are of the stored rows.")
    st.divider()
    show(distribution_chart(record), "frequency-distribution")
    _fit_notes(record)
    st.divider()
    _groups(record)
    provenance(record.provenance.line)


def _fit_notes(record: FrequencyNorm) -> None:
    lines = [exponents_note()]
    if record.fit is not None:
        fit = record.fit
        lines.append(f"{fit.n_tail:,} of {fit.n:,} tokens lie in the fitted tail; Kolmogorov-Smirnov distance {fit.ks:.3f}.")
        lines += [f"From the fit: {note}" for note in fit.notes]
    st.caption(escape_markdown("\n".join(lines)))


def _groups(record: FrequencyNorm) -> None:
    chart = groups_chart(record)
    show(chart, "frequency-groups")
    numbers = {name: st.column_config.NumberColumn(format="%.3f" if name.startswith("norm") else "%.1f") for name in chart.data.columns[1:]}
    st.dataframe(chart.data, hide_index=True, column_config=numbers, width="stretch")
    st.caption(escape_markdown(groups_note(record)))
