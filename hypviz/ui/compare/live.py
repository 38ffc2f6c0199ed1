"""Answering in the background: the job, what it has written so far, and the columns that follow it.

A generation outlives reruns, other pages and a closed tab; it ends by itself, at the time limit, or at Stop. The model's lock is
held while adapters are on it, so two browsers never mix them: the second waits and says so.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import streamlit as st

from hypviz.records.answers import Comparison
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.studies.compare import COMPARISONS, compare, n_unanswered
from hypviz.ui.shared.answer_seconds import PART_USED, seconds_to_answer
from hypviz.ui.shared.answer_text import show_running
from hypviz.ui.shell.jobs import KEPT, Job, jobs, takes, time_left
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import store
from hypviz.words.layer_names import listed
from hypviz.work import NOBODY, Work

ALONE = 6.0  # times what a token costs among many problems: one prompt, and what is measured beside it (8 at 3 M parameters, 5 at 135 M)
MOST_WRITTEN = 0.95  # of the bar, however long the answers are


@dataclass(slots=True)
class Live:
    """Text by column name as it comes; `writing` has the columns at work, `waiting` says that another page has the model."""

    pieces: dict[str, list[str]]
    writing: tuple[str, ...] = ()
    waiting: str = ""
    expected: float = 0.0  # tokens, about
    work: Work = NOBODY

    def begin(self, *names: str) -> None:
        """Columns start."""
        self.writing = names

    def add(self, name: str, text: str) -> None:
        """A token has come."""
        self.pieces[name].append(text)
        self.work.report(self.share, 1.0)

    @property
    def share(self) -> float:
        """How much of the expected tokens is written."""
        written = sum(map(len, self.pieces.values()))
        return min(MOST_WRITTEN, written / self.expected) if self.expected else 0.0


@st.cache_resource(show_spinner=False)
def _lives() -> OrderedDict[str, Live]:
    return OrderedDict()


def job_key(spec: ComparisonSpec) -> str:
    """The same for everyone who asks the same of the same weights."""
    return f"compare-{COMPARISONS.key(spec)}"


def start(spec: ComparisonSpec) -> Job:
    """Begin to answer, unless this very comparison is under way."""
    registry, key = jobs(), job_key(spec)
    found = registry.get(key)
    if found is not None and found.active:
        return found
    n = n_unanswered(spec, store())
    live = Live(pieces={asked.name: [] for asked in spec.columns}, expected=PART_USED * n * spec.tokens)
    _lives()[key] = live
    while len(_lives()) > KEPT:
        _lives().popitem(last=False)
    return registry.start(key, "Answering", lambda work: _work(spec, live, work), seconds(spec))


def seconds(spec: ComparisonSpec) -> float:
    """How long the answers that are not stored take, about."""
    return ALONE * seconds_to_answer(spec.model, n_unanswered(spec, store()), spec.tokens)


def begin(spec: ComparisonSpec, words: str, *, primary: bool = False) -> None:
    """The button that has the columns answer, and beside it how long that takes, about."""
    row = st.container(horizontal=True, vertical_alignment="center")
    kind = "primary" if primary else "secondary"
    pressed = row.button(words, key=f"start-{job_key(spec)}", type=kind, icon=":material/play_arrow:")
    row.caption(takes(seconds(spec)))
    if pressed:
        start(spec)
        st.rerun()


@st.fragment(run_every=0.4)
def follow(spec: ComparisonSpec, titles: dict[str, str]) -> None:
    """The columns that have a title as they are written, with Stop; the page is drawn anew when the last one has ended."""
    key = job_key(spec)
    job, live = jobs().get(key), _lives().get(key)
    if job is None or live is None or not job.active:
        st.rerun()
    words, stop = st.columns([5, 1], vertical_alignment="center")
    words.markdown(f":material/progress_activity: {_state(job, live, titles)}")
    words.progress(live.share)
    if stop.button("Stop", key=f"stop-{key}", icon=":material/stop:", width="stretch", disabled=job.work.is_stopped):
        job.work.stop()
    followed = [asked for asked in spec.columns if asked.name in titles]
    for asked, where in zip(followed, st.columns(len(followed) or 1), strict=False):
        with where.container(border=True, height="stretch"):
            title, pieces = titles[asked.name], list(live.pieces[asked.name])
            st.subheader(title)
            st.caption(f"{len(pieces)} tokens" if pieces else "not yet begun")
            running = asked.name in live.writing
            show_running(pieces, method=asked.weights.method, title=title, key=f"live-{asked.name}", running=running)


def _work(spec: ComparisonSpec, live: Live, work: Work) -> Comparison:
    def say(text: str) -> None:
        live.waiting = text

    live.work = work
    return compare(spec, work, lend=lambda: borrowed(spec.model, work, say), store=store(), listener=live)


def _state(job: Job, live: Live, titles: dict[str, str]) -> str:
    if job.state == "waiting":
        return "waiting for another computation to end"
    if job.work.is_stopped:
        return "stopping"
    if live.waiting:
        return live.waiting
    if not live.writing:
        return f"preparing, {time_left(job)}"
    names = listed([titles.get(name, name) for name in live.writing])
    return f"{names} {'is' if len(live.writing) == 1 else 'are'} answering, {time_left(job)}"
