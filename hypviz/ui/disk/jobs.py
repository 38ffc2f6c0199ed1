"""The Disk page's long work: laying a vocabulary out and measuring it, as jobs that tell how far they are and can be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hypviz.records.layout import DiskLayout, LayoutBasis
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.studies.disk import BASIS, LAYOUT, LAYOUTS, at_radius, n_looked_at, resting_on
from hypviz.studies.disk.ranks import ranking_seconds
from hypviz.ui.shell.jobs import jobs, run_job
from hypviz.ui.shell.session import model_summary
from hypviz.ui.shell.text import duration, escape_markdown
from hypviz.words.disk import stopped_sentence
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.studies.kept import Lookup

# seconds on a small machine, for the first guess: a pair of which one's ranks are looked at, any pair, and any pair of which the rows are
# compared for the first time; and what every layout needs
MEASURED_PAIR, ANY_PAIR, COMPARED_PAIR, EVERY_LAYOUT = 3e-8, 4e-9, 8e-9, 3
LONG = 60  # seconds from which on a layout is asked for
COUNTED_SHARE = 0.1  # of a vocabulary that the usual counts have; with a short text of one's own the guess is too low


def laid_out(spec: LayoutSpec, vocab_size: int) -> DiskLayout | None:
    """The layout as chosen, or as far as it had come when it was stopped; None while it is being computed."""
    n, method = spec.n_tokens or vocab_size, LAYOUTS.require(spec.method)
    guess = EVERY_LAYOUT + method.seconds(n) + _ranking_seconds(spec, vocab_size)
    key, label = BASIS.key(spec.basis), f"Laying out {n:,} tokens ({method.label})"

    def lay(work: Work) -> Lookup[LayoutBasis]:
        return BASIS.get(spec.basis, work)

    basis = run_job(key, label, lay, estimate_s=guess, auto=guess < LONG, button=f"Lay out {n:,} tokens")
    if basis is None:
        return None
    found = _measured(spec, basis)
    if found is None:
        return None
    shape = basis.record.shape
    if not shape.is_finished:
        row = st.container(horizontal=True, vertical_alignment="center")
        row.info(stopped_sentence(shape.n_rounds_done, shape.n_rounds), icon=":material/stop_circle:")
        if row.button(f"Lay it out again, to the end (about {duration(guess)})", key=f"to-the-end-{key}"):
            jobs().start(key, label, lay, guess)
            st.rerun()
    if found.notice:
        st.warning(escape_markdown(found.notice))
    return found.record


def _ranking_seconds(spec: LayoutSpec, vocab_size: int) -> float:
    """A first guess at what ranking the tokens takes that were never counted; nothing where so few are drawn that all of them were."""
    if spec.counts is None or not isinstance(spec.rows, ModelRows):
        return 0.0
    if spec.n_tokens is not None and spec.n_tokens <= COUNTED_SHARE * vocab_size:
        return 0.0
    return ranking_seconds(vocab_size, model_summary(spec.rows.model).hidden_size)


def _measured(spec: LayoutSpec, basis: Lookup[LayoutBasis]) -> Lookup[DiskLayout] | None:
    """The layout at its radius with its quality; None while a large one is being measured."""
    key, n = LAYOUT.key(resting_on(spec, basis)), len(basis.record.token_ids)
    seconds = measuring_seconds(spec, n)
    if seconds < 1:
        return _at_radius(key, spec, basis)
    return run_job(
        key,
        f"Measuring what {n:,} tokens keep at R = {spec.radius:g}",
        lambda work: at_radius(spec, basis, work),
        estimate_s=seconds,
        auto=True,
        button="Measure and draw",
    )


def measuring_seconds(spec: LayoutSpec, n: int, *, ways: int = 2) -> float:
    """A first guess at what measuring `n` laid out tokens takes.

    Ranks are looked at of all, or of a sample where rows are many or wide; in the rows for the disk's neighbours and, of two `ways`, in the
    disk for those of the rows.
    """
    width = model_summary(spec.rows.model).hidden_size if isinstance(spec.rows, ModelRows) else spec.rows.values.shape[1]
    return MEASURED_PAIR * ways / 2 * n * n_looked_at(n, spec, width=width) + (ANY_PAIR + COMPARED_PAIR) * n * n


@st.cache_resource(show_spinner="Measuring what the disk keeps at this radius…", max_entries=12)
def _at_radius(key: str, _spec: LayoutSpec, _basis: Lookup[LayoutBasis]) -> Lookup[DiskLayout]:
    return at_radius(_spec, _basis)
