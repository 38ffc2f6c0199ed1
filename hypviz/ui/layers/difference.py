"""Another model's weights against this one's: which model, then what it changed, by layer, by rank and by row of the tables."""

from __future__ import annotations

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.plots.difference import difference_chart, rank_chart, table_chart
from hypviz.records.difference import ModelDifference, TableDifference
from hypviz.records.models import ModelRef
from hypviz.records.specs.difference import DifferenceSpec
from hypviz.studies.difference import DIFFERENCE, estimated_seconds
from hypviz.ui.shared.answered import is_answered
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.session import model_ref, store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.difference import definition_words, modules_sentence, remarks

AT_ONCE = 10  # seconds up to which a comparison starts unasked


def show_difference(ref: ModelRef) -> None:
    """The field for the other model, and once there is a result its figures; one that cannot be compared is said here, in one sentence.

    The other tabs of the page stay as they are then.
    """
    try:
        _show(ref)
    except HypvizError as error:
        st.error(escape_markdown(str(error)))


def _show(ref: ModelRef) -> None:
    kept = Kept("difference")
    st.markdown(
        escape_markdown(
            f"A model that was fine-tuned from {ref.label}, or a LoRA merged into it, is a whole model of its own. Name it, and see what "
            "it changed. Both are read tensor by tensor, so that neither has to fit into memory."
        )
    )
    source = st.text_input(
        "Fine-tuned model",
        key=kept.key("against", ""),
        placeholder="~/my-model, or org/name",
        help="A folder in Hugging Face format, a GGUF file, or a hub id that is on this machine already.",
    ).strip()
    kept.keep(against=source)
    if not source:
        return
    spec = DifferenceSpec(base=ref, other=model_ref(source))
    estimate = estimated_seconds(spec)
    found = run_job(
        DIFFERENCE.key(spec),
        "Comparing weights",
        lambda work: DIFFERENCE.get(spec, work, store=store()),
        estimate_s=estimate,
        auto=estimate < AT_ONCE or is_answered(DIFFERENCE, spec),
        button="Compare the weights",
    )
    if found is None:
        return
    if found.notice:
        st.warning(escape_markdown(found.notice))
    _result(found.record)


def _result(record: ModelDifference) -> None:
    for remark in remarks(record):
        st.warning(escape_markdown(remark), icon=":material/help:")
    show(difference_chart(record), "difference")
    st.markdown(escape_markdown(modules_sentence(record)))
    ranks = rank_chart(record)
    if ranks is not None:
        show(ranks, "difference-ranks")
    for k, table in enumerate(record.tables):
        _table(table, k)
    with st.expander("How the difference is measured", icon=":material/function:"):
        st.markdown(escape_markdown(definition_words()))
    provenance(f"{record.other} against {record.provenance.line}")


def _table(table: TableDifference, k: int) -> None:
    if not table.n_moved:
        chart = table_chart(table)
        st.caption(escape_markdown(f"{chart.title}."))
        return
    show(table_chart(table), f"difference-table-{k}")
    st.caption("The rows that moved farthest against their norm:")
    top = table.top.tolist()
    st.dataframe(
        {
            "Token": list(table.top_text),
            "Row": top,
            "Norm in the base": [float(table.norm[row]) for row in top],
            "Norm after": [float(table.norm_after[row]) for row in top],
            "Moved by": [float(table.moved[row]) for row in top],
        },
        hide_index=True,
        height=248,
    )
