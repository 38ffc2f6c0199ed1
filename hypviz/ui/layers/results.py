"""The Layers page: one measurement for the base and one for each adapter, on one figure."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import streamlit as st

from hypviz.errors import Stopped
from hypviz.generate import column_notice, column_weights
from hypviz.hyperbolicity import BASE, DEFINITIONS
from hypviz.plots.layers import QUANTITIES, layers_chart, quantity_chart
from hypviz.records.layers import LayerStudy
from hypviz.records.models import ModelRef
from hypviz.studies.layers import DEFAULT_PROMPTS, LAYER_NULLS, LayerQuestion, estimated_seconds, measure_layers
from hypviz.ui.hyperbolicity.controls import DEFINITION_LABELS
from hypviz.ui.shared.adapters import Chosen, named, pick_adapters
from hypviz.ui.shared.corpus_choice import choose_corpus
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import Progress, run_job
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import model_summary, store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.layers import WHAT_NORMS, layer_sentence, points_sentence, reached_sentence

FIRST = 0.15  # share of the progress for the values of all columns, before any null
WHY_NORMS = (
    "Read the nulls together. A few very long states (massive activations) make a set look like a star, and a star is a tree: where "
    "random directions with the same norms give a δ_rel as low, the norms alone explain it."
)


def show_layers(ref: ModelRef) -> None:
    """Prompts and adapters, a computation for each column, then the figures."""
    question = _choose()
    if question is None:
        return
    chosen = named(ref, pick_adapters(ref, "layers"))
    studies = _studies(ref, question, chosen)
    if studies is None:
        return
    for notice in filter(None, (column_notice(ref, column) for column in chosen.columns)):
        st.warning(escape_markdown(notice), icon=":material/help:")
    _draw(studies, chosen)


def _draw(studies: Sequence[LayerStudy], chosen: Chosen) -> None:
    """The figures of what is there, whole or in part."""
    base = studies[0]
    show(layers_chart(studies, names=chosen.titles), "layers-delta")
    st.caption(escape_markdown(points_sentence(base)))
    st.markdown(escape_markdown(WHY_NORMS))
    last = len(base.layers) - 1
    layer = min(last, int(st.select_slider("One layer in words", range(base.n_layers), base.n_layers // 2, key="layers-one")))
    for study in studies:
        if layer < len(study.layers):
            st.markdown(escape_markdown(layer_sentence(study, layer).replace(study.column, chosen.titles[study.column], 1)))
    st.divider()
    quantity = st.selectbox("On the same points", list(QUANTITIES), format_func=QUANTITIES.__getitem__, key="layers-quantity")
    show(quantity_chart(studies, str(quantity), names=chosen.titles), "layers-norms")
    st.caption(escape_markdown(WHAT_NORMS))
    for study in studies:
        provenance(f"{study.column}: {study.provenance.line}")


def _choose() -> LayerQuestion | None:
    corpus = choose_corpus(Kept("layers"), "Prompts")
    if corpus is None:
        return None
    how_many, definition, first, seeding = st.columns([2, 3, 3, 2], vertical_alignment="bottom")
    n_texts = len(corpus.texts)
    limit = how_many.number_input(
        f"How many (of {n_texts:,})", 1, n_texts, min(DEFAULT_PROMPTS, n_texts), key=f"layers-limit-{corpus.fingerprint}"
    )
    kind = definition.selectbox("δ", DEFINITIONS, format_func=DEFINITION_LABELS.__getitem__, key="layers-definition")
    help_text = "The first position often carries a norm far beyond all others; leave it out to see the rest."
    drop = first.toggle("Drop first position", False, key="layers-drop", help=help_text)
    seed = seeding.number_input("Seed of the nulls", 0, 2**31 - 1, 0, key="layers-seed")
    return LayerQuestion(corpus=corpus, limit=int(limit), definition=str(kind or BASE), drop_first=bool(drop), seed=int(seed))


def _studies(ref: ModelRef, question: LayerQuestion, chosen: Chosen) -> tuple[LayerStudy, ...] | None:
    """The records of all columns, None while they are computed; each is stored as soon as it is done, or as far as it has come."""
    config = model_summary(ref)
    estimate = estimated_seconds(question, n_layers=config.n_layers or 12, dimension=config.hidden_size) * len(chosen.columns)
    key = f"{question.corpus.fingerprint} {question.limit} {question.definition} {question.drop_first} {question.seed}"
    columns = " ".join(f"{c.name}={column_weights(ref, c).fingerprint}" for c in chosen.columns)
    return run_job(
        f"layers {ref.fingerprint} {key} {columns}",
        f"Measuring {len(LAYER_NULLS)} nulls at every layer",
        lambda progress: _measure(ref, question, chosen, progress),
        estimate_s=estimate,
        auto=False,
        button="Measure the layers",
        draw=lambda studies: _draw(studies, chosen),
        missing=lambda studies: _missing(studies, chosen),
    )


def _measure(ref: ModelRef, question: LayerQuestion, chosen: Chosen, progress: Progress) -> tuple[LayerStudy, ...]:
    """Every column's own values first, then the nulls column by column, until a stop; `Stopped` before the base has any layer."""
    found: dict[str, LayerStudy] = {}
    n = len(chosen.columns)
    rounds = (True, False) if n > 1 else (False,)
    for measured_only in rounds:
        for place, column in enumerate(chosen.columns):
            start, room = (FIRST * place / n, FIRST / n) if measured_only else (FIRST + (1 - FIRST) * place / n, (1 - FIRST) / n)
            title = chosen.titles[column.name]

            def told(done: int, total: int, text: str, start: float = start, room: float = room, title: str = title) -> None:
                progress(round(1000 * (start + room * done / max(total, 1))), 1000, f"{title}, {text}")

            def part(study: LayerStudy) -> None:
                before = found.get(study.column)
                if study.layers and (before is None or len(study.layers) >= len(before.layers)):
                    found[study.column] = study
                if chosen.columns[0].name in found:
                    progress.partial.publish(tuple(found.values()))

            def lend(start: float = start, title: str = title) -> AbstractContextManager[tuple[Any, Any]]:
                return borrowed(ref, progress, lambda text: progress(round(1000 * start), 1000, text or title))

            try:
                lookup = measure_layers(
                    ref,
                    question,
                    column,
                    lend=lend,
                    store=store(),
                    progress=told,
                    should_stop=progress.should_stop,
                    on_part=part,
                    measured_only=measured_only,
                )
            except Stopped:
                if chosen.columns[0].name not in found:
                    raise
                return tuple(found.values())
            part(lookup.record)
            if progress.should_stop() and not lookup.record.is_whole:
                return tuple(found.values())
    return tuple(found.values())


def _missing(studies: Sequence[LayerStudy], chosen: Chosen) -> str:
    """What a stop left out, of all columns."""
    there = {study.column for study in studies}
    parts = [reached_sentence(s).replace(s.column, chosen.titles[s.column], 1) for s in studies if not s.is_whole]
    parts += [f"{chosen.titles[column.name]}: no layer measured." for column in chosen.columns if column.name not in there]
    return f"Stopped on the way; what there is has been kept. {' '.join(parts)}" if parts else ""
