"""The Layers page: one measurement for the base and one for each adapter, on one figure."""

from __future__ import annotations

import streamlit as st

from hypviz.generate import column_notice, column_weights
from hypviz.hyperbolicity import BASE, DEFINITIONS
from hypviz.hyperbolicity.layer_findings import WHAT_NORMS, layer_sentence, points_sentence
from hypviz.plots.layer_deltas import QUANTITIES, layers_chart, quantity_chart
from hypviz.records.layers import LayerStudy
from hypviz.records.models import ModelRef
from hypviz.studies.layers import DEFAULT_PROMPTS, LAYER_NULLS, LayerQuestion, estimated_seconds, measure_layers
from hypviz.ui.charts import provenance, show
from hypviz.ui.compare_adapters import Chosen, named, pick_adapters
from hypviz.ui.compare_live import borrowed
from hypviz.ui.corpus_choice import choose_corpus
from hypviz.ui.hyperbolicity_controls import DEFINITION_LABELS
from hypviz.ui.jobs import Progress, run_job
from hypviz.ui.session import model_summary, store
from hypviz.ui.text import escape_markdown

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
    show(layers_chart(studies, names=chosen.titles), "layers-delta")
    st.caption(escape_markdown(points_sentence(studies[0])))
    st.markdown(escape_markdown(WHY_NORMS))
    layers = [state.layer for state in studies[0].layers]
    layer = st.select_slider("One layer in words", layers, layers[len(layers) // 2], key="layers-one") if len(layers) > 1 else layers[0]
    for study in studies:
        st.markdown(escape_markdown(layer_sentence(study, int(layer)).replace(study.column, chosen.titles[study.column], 1)))
    st.divider()
    quantity = st.selectbox("On the same points", list(QUANTITIES), format_func=QUANTITIES.__getitem__, key="layers-quantity")
    show(quantity_chart(studies, str(quantity), names=chosen.titles), "layers-norms")
    st.caption(escape_markdown(WHAT_NORMS))
    for study in studies:
        provenance(f"{study.column}: {study.provenance.line}")


def _choose() -> LayerQuestion | None:
    corpus = choose_corpus("layers", "Prompts")
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


def _studies(ref: ModelRef, question: LayerQuestion, chosen: Chosen) -> list[LayerStudy] | None:
    """The records of all columns, None while they are computed; each is stored as soon as it is done."""
    config = model_summary(ref)
    estimate = estimated_seconds(question, n_layers=config.n_layers or 12, dimension=config.hidden_size) * len(chosen.columns)
    key = f"{question.corpus.fingerprint} {question.limit} {question.definition} {question.drop_first} {question.seed}"

    def work(progress: Progress) -> list[LayerStudy]:
        n, found = len(chosen.columns), []
        for place, column in enumerate(chosen.columns):
            title = chosen.titles[column.name]

            def told(done: int, total: int, text: str, place: int = place, title: str = title) -> None:
                progress(round(1000 * (place + done / max(total, 1)) / n), 1000, f"{title}, {text}")

            lookup = measure_layers(
                ref,
                question,
                column,
                lend=lambda title=title: borrowed(ref, progress, lambda text: progress(0, 1000, text or title)),
                store=store(),
                progress=told,
                should_stop=progress.should_stop,
            )
            found.append(lookup.record)
        return found

    columns = " ".join(f"{c.name}={column_weights(ref, c).fingerprint}" for c in chosen.columns)
    return run_job(
        f"layers {ref.fingerprint} {key} {columns}",
        f"Measuring {len(LAYER_NULLS)} nulls at every layer",
        work,
        estimate_s=estimate,
        auto=False,
        button="Measure the layers",
    )
