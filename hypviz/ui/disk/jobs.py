"""The Disk page's long work: laying a vocabulary out and measuring it, as jobs that tell how far they are and can be stopped."""

from __future__ import annotations

import streamlit as st

from hypviz.layout.parts.linkage import EXACT_LIMIT
from hypviz.records.layout import DiskLayout, LayoutBasis
from hypviz.records.models import ModelRef
from hypviz.store import Lookup
from hypviz.studies.disk import at_radius, lay_basis
from hypviz.studies.disk.building import MEASURE_ALL, SAMPLED
from hypviz.ui.disk.controls import LayoutChoice
from hypviz.ui.shell.jobs import Progress, jobs, run_job
from hypviz.ui.shell.text import duration, escape_markdown
from hypviz.words.disk import METHOD_LABELS, stopped_sentence

# seconds on a small machine, for the first guess: a pair of an exact tree, a token of a grouped one, a pair of which one's ranks are
# looked at, any pair, and any pair of which the rows are compared for the first time; and a token of either UMAP or of ours
EXACT_PAIR, GROUPED_TOKEN, MEASURED_PAIR, ANY_PAIR, COMPARED_PAIR = 6e-8, 1.8e-4, 3e-8, 4e-9, 8e-9
UMAP_TOKEN, HYPERBOLOID_TOKEN, HYPERBOLIC_TOKEN = 8e-3, 1.2e-2, 7e-4


def laid_out(ref: ModelRef, choice: LayoutChoice) -> DiskLayout | None:
    """The layout as chosen, or as far as it had come when it was stopped; None while it is being computed."""
    n = choice.n_tokens or choice.vocab_size
    guess = 3 + _seconds(choice.method, n)
    corpus = choice.corpus
    source = f"{corpus.name} {corpus.fingerprint}" if corpus is not None else "token id"
    key = f"disk {ref.fingerprint} {choice.table} {choice.method} {choice.n_tokens} {source} {choice.seed}"
    label = f"Laying out {n:,} tokens ({METHOD_LABELS[choice.method]})"

    def lay(progress: Progress) -> Lookup[LayoutBasis]:
        return lay_basis(
            ref,
            corpus=corpus,
            table=choice.table,
            method=choice.method,
            n_tokens=choice.n_tokens,
            seed=choice.seed,
            progress=progress,
            should_stop=progress.should_stop,
        )

    basis = run_job(key, label, lay, estimate_s=guess, auto=guess < 60, button=f"Lay out {n:,} tokens")
    if basis is None:
        return None
    found = _measured(ref, basis, choice.radius)
    if found is None:
        return None
    shape = basis.record.shape
    if not shape.is_finished:
        row = st.container(horizontal=True, vertical_alignment="center")
        row.info(stopped_sentence(shape.n_rounds_done, shape.n_rounds), icon=":material/stop_circle:")
        if row.button(f"Lay it out again, to the end (about {duration(guess)})", key=f"to-the-end {key}"):
            jobs().start(key, label, lay, guess)
            st.rerun()
    if found.notice:
        st.warning(escape_markdown(found.notice))
    return found.record


def _seconds(method: str, n: int) -> float:
    """The first guess for `n` tokens, without what every layout needs."""
    if method in ("umap", "umap-hyperboloid"):
        return n * (UMAP_TOKEN if method == "umap" else HYPERBOLOID_TOKEN) + 15
    if method in ("pca", "norm-radius"):
        return 0.0
    tree = n**2 * EXACT_PAIR if n <= EXACT_LIMIT else n * GROUPED_TOKEN
    return tree + n * HYPERBOLIC_TOKEN + 3 if method in ("hyperbolic-umap", "frequency-umap") else tree


def _measured(ref: ModelRef, basis: Lookup[LayoutBasis], radius: float) -> Lookup[DiskLayout] | None:
    """The layout at this radius with its quality; None while a large one is being measured."""
    key, n = f"{basis.key} {radius}", len(basis.record.token_ids)
    seconds = MEASURED_PAIR * n * (n if n <= MEASURE_ALL else SAMPLED) + (ANY_PAIR + COMPARED_PAIR) * n * n
    if seconds < 1:
        return _at_radius(key, ref, basis, radius)
    return run_job(
        f"disk radius {key}",
        f"Measuring what {n:,} tokens keep at R = {radius:g}",
        lambda progress: at_radius(ref, basis, radius=radius, progress=progress, should_stop=progress.should_stop),
        estimate_s=seconds,
        auto=True,
        button="Measure and draw",
    )


@st.cache_resource(show_spinner="Measuring what the disk keeps at this radius…", max_entries=12)
def _at_radius(key: str, _ref: ModelRef, _basis: Lookup[LayoutBasis], _radius: float) -> Lookup[DiskLayout]:
    return at_radius(_ref, _basis, radius=_radius)
