"""The Evaluate page below its controls: stored counts at once, else the button and the progress of the background job."""

from __future__ import annotations

import streamlit as st

from hypviz.records.evaluations import Evaluation
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.studies.evaluate import EVALUATIONS, evaluate, n_kept, stored_evaluation
from hypviz.ui.evaluate.results import show_evaluation
from hypviz.ui.shared.answer_seconds import seconds_to_answer
from hypviz.ui.shell.jobs import jobs, run_job
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.notices import show_notices
from hypviz.ui.shell.session import store
from hypviz.words.numbers import counted
from hypviz.work import Work

LABEL = "Answering the problems"


def count(spec: EvaluationSpec, titles: dict[str, str]) -> None:
    """The evaluation, as far as it is known."""
    show_notices(spec.model, template=spec.asking.template)
    with st.spinner("Looking for stored answers…"):
        found = stored_evaluation(spec, store())
    key, n = f"evaluate-{EVALUATIONS.key(spec)}", len(spec.problems.problems)
    if found is None:
        takes, words = seconds_to_answer(spec.model, _n_needed(spec) - n_kept(spec, store()), spec.tokens), _button(spec, n)
        found = run_job(key, LABEL, lambda work: _work(spec, work), estimate_s=takes, button=words)
        if found is not None and found.stopped_early and st.button(words, icon=":material/play_arrow:", key=f"again-{key}", type="primary"):
            jobs().start(key, LABEL, lambda work: _work(spec, work), takes)
            st.rerun()
    if found is not None:
        show_evaluation(found, titles, spec)


def _button(spec: EvaluationSpec, n: int) -> str:
    """What the button says: whether an evaluation that did not end has left answers to go on from."""
    kept, needed = n_kept(spec, store()), _n_needed(spec)
    return f"Go on: {kept:,} of {needed:,} answers are kept" if kept else f"Ask {counted(n, 'problem')}"


def _n_needed(spec: EvaluationSpec) -> int:
    return len(spec.problems.problems) * len(spec.columns) * spec.samples


def _work(spec: EvaluationSpec, work: Work) -> Evaluation:
    def say(text: str) -> None:
        if text:
            work.say(text)

    return evaluate(spec, work, lend=lambda: borrowed(spec.model, work, say), store=store())
