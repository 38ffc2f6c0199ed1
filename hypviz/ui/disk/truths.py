"""How true the picture is, below it: at once where it takes about a second or is stored, else behind a button, with progress and Stop."""

from __future__ import annotations

import streamlit as st

from hypviz.records.disk_truths import DiskTruths
from hypviz.records.layout import DiskLayout
from hypviz.records.specs.disk import LayoutSpec, TruthsSpec
from hypviz.studies.disk.truths import TRUTHS
from hypviz.ui.disk.jobs import measuring_seconds
from hypviz.ui.shell.jobs import jobs, run_job
from hypviz.words.disk_truths import truths_sentence, truths_table

AT_ONCE = 1.5  # seconds up to which nobody is asked


def show_truths(spec: LayoutSpec, layout: DiskLayout) -> str:
    """The table of the finished `layout` of `spec`, or the button that measures it; hands back what is to be said below it.

    Nothing for a layout that was stopped.
    """
    if layout.n_rounds_done < layout.n_rounds:
        return ""
    st.markdown("##### How true is the picture?")
    found = _found(TruthsSpec(layout=spec), len(layout.token_ids))
    if found is None:
        return ""
    table = truths_table(found)
    st.table({name: [line[name] for line in table] for name in table[0]}, hide_index=True)
    return truths_sentence(found)


def _found(asked: TruthsSpec, n: int) -> DiskTruths | None:
    """The answer, or None while it is not there."""
    key = TRUTHS.key(asked)
    seconds = measuring_seconds(asked.layout, n, ways=1)
    if seconds < AT_ONCE:
        return _at_once(key, asked)
    is_there = jobs().get(key) is None and TRUTHS.stored(asked) is not None
    found = run_job(
        key,
        f"Measuring {n:,} tokens under both readings",
        lambda work: TRUTHS.get(asked, work),
        estimate_s=seconds,
        auto=is_there,
        button="Measure how true the picture is",
    )
    return None if found is None else found.record


@st.cache_resource(show_spinner="Measuring how true the picture is…", max_entries=12)
def _at_once(key: str, _asked: TruthsSpec) -> DiskTruths:
    return TRUTHS.get(_asked).record
