"""Frequency & norm: how often tokens occur against how long their embedding rows are."""

from hypviz.studies.counts import estimated_seconds
from hypviz.studies.frequency import frequency_norm
from hypviz.ui.frequency.results import show_frequency_norm
from hypviz.ui.shared.counts_choice import choose_counts
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.page import page
from hypviz.ui.shell.session import model_ref

LEAD = "Are frequent, abstract words closer to the origin? Tokens are counted and set against the norm of their embedding rows."

with page("Frequency & norm", LEAD):
    ref = model_ref()
    corpus = choose_counts(Kept("frequency"), ref)
    if corpus is not None:
        seconds = 10 + estimated_seconds(corpus)
        found = run_job(
            f"frequency {ref.fingerprint} {corpus.fingerprint} {corpus.name}",
            "Counting and fitting",
            lambda progress: frequency_norm(ref, corpus, progress=progress, should_stop=progress.should_stop),
            estimate_s=seconds,
            auto=seconds < 20,
            button="Count and measure",
        )
        if found is not None:
            show_frequency_norm(found)
