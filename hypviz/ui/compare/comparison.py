"""The Compare page below its controls: a stored comparison at once, else the button, the running columns, or what went wrong."""

from __future__ import annotations

import streamlit as st

from hypviz.errors import Stopped
from hypviz.records.answers import UNFINISHED, Comparison
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.studies.compare import stored_comparison
from hypviz.ui.compare.blind import choose_blind, show_blind
from hypviz.ui.compare.dial import show_dial
from hypviz.ui.compare.live import begin, follow, job_key
from hypviz.ui.compare.prompt import Asked
from hypviz.ui.compare.results import show_comparison
from hypviz.ui.shell.jobs import jobs
from hypviz.ui.shell.notices import show_notices
from hypviz.ui.shell.session import store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.layer_names import listed


def answer(asked: Asked) -> None:
    """Whatever is known of this comparison, and the button that gets the rest."""
    spec, titles = asked.spec, asked.titles
    show_notices(spec.model, template=spec.asking.template)
    with st.spinner("Looking for stored answers…"):
        found = stored_comparison(spec, store())
    blind = choose_blind(spec)
    if found is not None:
        _show_whole(asked, found, blind=blind)
        return
    key = job_key(spec)
    job = jobs().get(key)
    if job is not None and job.active:
        follow(spec, {} if blind else titles)
        return
    begin(spec, _button(spec, job is not None), primary=True)
    if job is None:
        if len(spec.columns) > 1:
            names = listed([titles[column.name] for column in spec.columns])
            st.caption(escape_markdown(f"{names} answer the same prompt, decoded the same way: {spec.decoding.line}."))
    elif isinstance(job.result, Comparison):
        _show_result(asked, job.result, blind=blind)
    elif isinstance(job.error, Stopped):
        st.info(escape_markdown(str(job.error)), icon=":material/stop_circle:")
    elif job.error is not None:
        raise job.error


def _show_whole(asked: Asked, comparison: Comparison, *, blind: bool) -> None:
    """A comparison of which every answer is there; under letters until they are revealed, if it is `blind`."""
    if blind and not show_blind(asked.spec, comparison, asked.titles, asked.case):
        return
    show_comparison(comparison, asked.titles, asked.case)
    show_dial(asked, comparison)


def _show_result(asked: Asked, comparison: Comparison, *, blind: bool) -> None:
    """What a job brought that is not stored: stopped, out of time, or without a place to be kept."""
    if _is_whole(comparison, asked.spec):
        _show_whole(asked, comparison, blind=blind)
    elif blind:
        st.info("Not every answer is whole, so there is no blind vote; answer again, or show the names.", icon=":material/how_to_vote:")
    else:
        _say_what_is_missing(comparison, asked.titles)
        show_comparison(comparison, asked.titles, asked.case)


def _say_what_is_missing(comparison: Comparison, titles: dict[str, str]) -> None:
    """After a stop or the time limit; a comparison that only could not be stored has its own notice."""
    cut = [titles[c.name] for c in comparison.columns if c.generation.ended in UNFINISHED]
    begun = {column.name for column in comparison.columns}
    missing = [title for name, title in titles.items() if name not in begun]
    parts = [f"{', '.join(cut)} did not finish"] if cut else []
    parts += [f"{', '.join(missing)} did not begin"] if missing else []
    if parts:
        st.info(f"{'; '.join(parts)}. Nothing unfinished is stored.", icon=":material/stop_circle:")


def _is_whole(comparison: Comparison, spec: ComparisonSpec) -> bool:
    return len(comparison.columns) == len(spec.columns) and not any(c.generation.ended in UNFINISHED for c in comparison.columns)


def _button(spec: ComparisonSpec, again: bool) -> str:
    if again:
        return "Answer again"
    return "Let the base answer" if len(spec.columns) == 1 else f"Compare {len(spec.columns)} answers"
