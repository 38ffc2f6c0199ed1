"""The Evaluate page below its controls: stored counts at once, else the button and the progress of the background job."""

from __future__ import annotations

import streamlit as st

from hypviz.generate import column_weights
from hypviz.records.answers import Decoding, Evaluation
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet
from hypviz.store import canonical_key
from hypviz.studies.evaluate import evaluate, stored_evaluation
from hypviz.ui.evaluate.results import show_evaluation
from hypviz.ui.shared.adapters import Chosen
from hypviz.ui.shell.jobs import Progress, jobs, run_job
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.notices import show_notices
from hypviz.ui.shell.session import model_summary, store

SECONDS_PER_ANSWER, FEWEST_PARAMETERS = 0.15, 3_400_000  # the bundled model on one slow core; only for the first guess of the time left


def count(ref: ModelRef, chosen: Chosen, problems: ProblemSet, decoding: Decoding) -> None:
    """The evaluation, as far as it is known."""
    show_notices(ref, as_question=True)
    with st.spinner("Looking for stored answers…"):
        found = stored_evaluation(ref, problems, chosen.columns, decoding, store())
    key = _key(ref, chosen, problems, decoding)
    if found is None:
        found = run_job(
            key,
            "Answering the problems",
            lambda progress: _work(ref, chosen, problems, decoding, progress),
            estimate_s=_guess(ref, len(problems.problems) * len(chosen.columns)),
            button=f"Ask {len(problems.problems):,} problems",
        )
        if found is not None and found.stopped_early and st.button("Ask them all", icon=":material/refresh:", key=f"again-{key}"):
            jobs().forget(key)
            st.rerun()
    if found is not None:
        show_evaluation(found, chosen.titles)


def _guess(ref: ModelRef, n_answers: int) -> float:
    """Seconds: a token costs a time that grows with the number of parameters, less than they do (measured: 13 times for 40 times)."""
    return SECONDS_PER_ANSWER * n_answers * max(1.0, model_summary(ref).n_parameters / FEWEST_PARAMETERS) ** 0.7


def _work(ref: ModelRef, chosen: Chosen, problems: ProblemSet, decoding: Decoding, progress: Progress) -> Evaluation:
    def say(text: str) -> None:
        if text:
            progress(progress.done, progress.total, text)

    return evaluate(
        ref,
        problems,
        chosen.columns,
        decoding,
        lend=lambda: borrowed(ref, progress, say),
        store=store(),
        progress=progress,
        should_stop=progress.should_stop,
    )


def _key(ref: ModelRef, chosen: Chosen, problems: ProblemSet, decoding: Decoding) -> str:
    weights = {column.name: column_weights(ref, column).fingerprint for column in chosen.columns}
    return "evaluate-" + canonical_key("evaluate", {"weights": weights, "problems": problems.fingerprint, "n": decoding.max_new_tokens})
