"""Answering in the background: the job, what it has written so far, and the columns that follow it.

A generation outlives reruns, other pages and a closed tab; it ends by itself, at the time limit, or at Stop. The model's lock is
held while adapters are on it, so two browsers never mix them: the second waits and says so.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import streamlit as st

from hypviz.generate import column_weights
from hypviz.records.answers import Comparison
from hypviz.records.models import ModelRef
from hypviz.store import canonical_key
from hypviz.studies.compare import Audience, Question, compare
from hypviz.ui.shared.adapters import Chosen
from hypviz.ui.shared.answer_text import show_running
from hypviz.ui.shell.jobs import KEPT, Job, Progress, jobs
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import store

ESTIMATE_S = 15.0


@dataclass(slots=True)
class Live:
    """Text by column name as it comes; `writing` is the column at work, `waiting` says that another page has the model."""

    pieces: dict[str, list[str]]
    writing: str | None = None
    waiting: str = ""

    def begin(self, name: str) -> None:
        """A column starts."""
        self.writing = name

    def add(self, name: str, text: str) -> None:
        """A token has come."""
        self.pieces[name].append(text)


@st.cache_resource(show_spinner=False)
def _lives() -> OrderedDict[str, Live]:
    return OrderedDict()


def job_key(ref: ModelRef, chosen: Chosen, question: Question) -> str:
    """The same for everyone who asks the same of the same weights."""
    decoding = question.decoding
    weights = {column.name: column_weights(ref, column).fingerprint for column in chosen.columns}
    how = [decoding.max_new_tokens, decoding.temperature, decoding.seed, question.as_question, question.control_tokens]
    return "compare-" + canonical_key("compare", {"weights": weights, "text": question.text, "how": how})


def start(key: str, ref: ModelRef, chosen: Chosen, question: Question) -> Job:
    """Begin to answer, unless this very comparison is under way."""
    registry = jobs()
    found = registry.get(key)
    if found is not None and found.active:
        return found
    live = Live(pieces={column.name: [] for column in chosen.columns})
    _lives()[key] = live
    while len(_lives()) > KEPT:
        _lives().popitem(last=False)
    return registry.start(key, "Answering", lambda progress: _work(ref, chosen, question, live, progress), ESTIMATE_S)


@st.fragment(run_every=0.4)
def follow(key: str, chosen: Chosen, methods: dict[str, str]) -> None:
    """The columns as they are written, with Stop; the page is drawn anew when the last one has ended."""
    job, live = jobs().get(key), _lives().get(key)
    if job is None or live is None or not job.active:
        st.rerun()
    words, stop = st.columns([5, 1], vertical_alignment="center")
    words.markdown(f":material/progress_activity: {_state(job, live, chosen)}")
    if stop.button("Stop", key=f"stop-{key}", icon=":material/stop:", width="stretch", disabled=job.progress.should_stop()):
        job.progress.stop()
    for column, where in zip(chosen.columns, st.columns(len(chosen.columns)), strict=True):
        with where.container(border=True, height="stretch"):
            title = chosen.titles[column.name]
            st.subheader(title)
            pieces = list(live.pieces[column.name])
            st.caption(f"{len(pieces)} tokens" if pieces else "not yet begun")
            running = column.name == live.writing
            show_running(pieces, method=methods[column.name], title=title, key=f"live-{column.name}", running=running)


def _work(ref: ModelRef, chosen: Chosen, question: Question, live: Live, progress: Progress) -> Comparison:
    def say(text: str) -> None:
        live.waiting = text

    audience = Audience(on_column=live.begin, on_piece=live.add, should_stop=progress.should_stop)
    return compare(ref, question, chosen.columns, lend=lambda: borrowed(ref, progress, say), store=store(), audience=audience)


def _state(job: Job, live: Live, chosen: Chosen) -> str:
    if job.state == "waiting":
        return "waiting for another computation to end"
    if job.progress.should_stop():
        return "stopping"
    if live.waiting:
        return live.waiting
    return f"{chosen.titles[live.writing]} is answering" if live.writing else "preparing"
