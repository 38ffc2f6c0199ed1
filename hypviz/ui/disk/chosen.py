"""Tokens that were chosen on the disk, measured: the question in the address, the job, and what it found below the picture."""

from __future__ import annotations

import streamlit as st

from hypviz.plots.chosen import chosen_chart
from hypviz.plots.token_text import visible
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef
from hypviz.records.specs.disk import ChosenSpec, ModelRows
from hypviz.records.token_sets import ChosenMeasures
from hypviz.studies.disk.chosen import CHOSEN, chosen_spec, estimated_seconds, keep_chosen, kept_chosen
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.session import store, token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.chosen import chosen_sentences, four_sentence

MEASURED = "measured"  # in the address: the mark of the tokens
_ASKED, _TOLD = "_disk-asked", "_disk-told"
AT_ONCE = 60  # seconds up to which the measurement starts unasked


def ask(ids: tuple[int, ...]) -> None:
    """Keep the tokens and put their mark into the address; the whole page is to be drawn."""
    st.query_params[MEASURED] = keep_chosen(ids, store=store())
    st.session_state[_ASKED] = True


def draw_where_asked() -> None:
    """Inside the picture's fragment: draw the whole page once after tokens were given, because what is found stands below it."""
    if st.session_state.pop(_ASKED, False):
        st.session_state[_TOLD] = True
        st.rerun()


def found_before(ref: ModelRef, layout: DiskLayout) -> ChosenMeasures | None:
    """What is known of the tokens in the address, without computing anything."""
    spec = _spec(ref, layout)
    return CHOSEN.stored(spec, store=store()) if spec is not None else None


def show_chosen(ref: ModelRef, layout: DiskLayout) -> None:
    """Measure the tokens in the address and show them beside random ones; nothing where none were given."""
    mark = st.query_params.get(MEASURED)
    if mark is None:
        return
    st.divider()
    if st.button(
        "Close", icon=":material/close:", key="close-measured", width="content", help="Let go of these tokens; the measurement is kept."
    ):
        del st.query_params[MEASURED]
        st.rerun()
    if kept_chosen(mark, store=store()) is None:
        named = (
            f"names a selection of tokens ({mark[:12]}) that is not kept here" if mark else f"says {MEASURED}=, which names no selection"
        )
        words = f"The address {named}; draw around tokens with the lasso and press Measure once more."
        st.warning(escape_markdown(words), icon=":material/link_off:")
        return
    spec = _spec(ref, layout)
    assert spec is not None
    seconds = estimated_seconds(spec)
    key, label = CHOSEN.key(spec), f"Measuring {min(len(spec.chosen.ids), spec.most):,} tokens beside random ones"
    if st.session_state.pop(_TOLD, False):
        st.toast("What is measured stands below the picture.", icon=":material/south:")
    found = run_job(key, label, lambda work: CHOSEN.get(spec, work), estimate_s=seconds, auto=seconds < AT_ONCE, button="Measure")
    if found is None:
        return
    if found.notice:
        st.warning(escape_markdown(found.notice))
    _show(ref, found.record)


def _spec(ref: ModelRef, layout: DiskLayout) -> ChosenSpec | None:
    """The question in the address; None where it has none, or one whose tokens are not kept here."""
    chosen = kept_chosen(st.query_params.get(MEASURED, ""), store=store())
    return chosen_spec(ModelRows(model=ref, table=layout.table), layout, chosen) if chosen is not None else None


def _show(ref: ModelRef, record: ChosenMeasures) -> None:
    show(chosen_chart(record), key="disk-measured")
    texts = [f"“{visible(token_table(ref).text[i])}”" for i in map(int, record.four)]
    a, b, c, d = texts
    lines = [*chosen_sentences(record), f"{four_sentence((a, b, c, d), record.chosen.delta_low)} They are boxed in the disk."]
    st.caption(escape_markdown(" ".join(lines)))
    provenance(record.provenance.line)
