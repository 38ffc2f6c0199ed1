"""What a stop left of an evaluation, in one clause for the page, the shell and the report."""

from __future__ import annotations

from hypviz.records.evaluations import Evaluation


def on_the_stop(found: Evaluation) -> str | None:
    """How many of the samples or problems asked are counted, without the full stop; None where all are."""
    if not found.stopped_early:
        return None
    if found.n + found.n_too_long == found.n_asked:
        return f"Stopped after {found.samples:,} of {found.samples_asked:,} samples, and only these count; what was answered is kept"
    where = "Stopped early" if found.samples_asked == 1 else f"Stopped in sample 1 of {found.samples_asked:,}"
    return f"{where}: these are {found.n:,} of {found.n_asked:,} problems, which are kept"
