"""The Layers page: one measurement for the base and one for each adapter, on one figure."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from hypviz.errors import Stopped
from hypviz.plots.layers import QUANTITIES, layers_chart, quantity_chart
from hypviz.records.answers import Column
from hypviz.records.layers import LayerStudy
from hypviz.records.models import ModelRef
from hypviz.records.specs.layers import USUAL_PROMPTS, LayersSpec
from hypviz.records.texts import Corpus
from hypviz.studies.asking import column_notice
from hypviz.studies.layers import estimated_seconds, layers_spec, layers_study
from hypviz.studies.nulls import DEFINITIONS, ONE_BASE
from hypviz.ui.shared.adapters import Chosen, named, pick_adapters
from hypviz.ui.shared.answered import is_answered
from hypviz.ui.shared.corpus_choice import choose_corpus
from hypviz.ui.shell.address import MOST_SEED, Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import jobs, run_job
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import model_summary, store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.hyperbolicity import DEFINITION_LABELS
from hypviz.words.layers import WHAT_NORMS, layer_sentence, points_sentence, reached_sentence
from hypviz.work import Work

FIRST = 0.15  # share of the progress for the values of all columns, before any null
PAGE = "layers"
WHY_NORMS = (
    "Read the nulls together. A few very long states (massive activations) make a set look like a star, and a star is a tree: where "
    "random directions with the same norms give a δ_rel as low, the norms alone explain it."
)


def show_layers(ref: ModelRef) -> None:
    """Prompts and adapters, a computation for each column, then the figures; answers that the store has are shown unasked."""
    choice = _choose(ref)
    if choice is None:
        return
    chosen = named(ref, pick_adapters(ref, PAGE))
    studies = _studies(choice, chosen)
    if studies is None:
        return
    for notice in filter(None, (column_notice(ref, column) for column in chosen.columns)):
        st.warning(escape_markdown(notice), icon=":material/help:")
    _draw(studies, chosen)


def _draw(studies: Sequence[LayerStudy], chosen: Chosen) -> None:
    """The figures of what is there, whole or in part."""
    base, kept = studies[0], Kept(PAGE)
    show(layers_chart(studies, names=chosen.titles), "layers-delta")
    st.caption(escape_markdown(points_sentence(base)))
    st.markdown(escape_markdown(WHY_NORMS))
    place = kept.key("layer", base.n_layers // 2, low=0, high=base.n_layers - 1, key="layers-one")
    layer = int(st.select_slider("One layer in words", range(base.n_layers), key=place))
    for study in studies:
        at = min(len(base.layers) - 1, layer)
        if at < len(study.layers):
            st.markdown(escape_markdown(layer_sentence(study, at).replace(study.column, chosen.titles[study.column], 1)))
    st.divider()
    place = kept.key("quantity", next(iter(QUANTITIES)), among=list(QUANTITIES))
    quantity = str(st.selectbox("On the same points", list(QUANTITIES), format_func=QUANTITIES.__getitem__, key=place))
    kept.keep(layer=layer, quantity=quantity)
    show(quantity_chart(studies, quantity, names=chosen.titles), "layers-norms")
    st.caption(escape_markdown(WHAT_NORMS))
    for study in studies:
        provenance(f"{study.column}: {study.provenance.line}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What is asked of every column."""

    ref: ModelRef
    corpus: Corpus
    limit: int
    definition: str
    drop_first: bool
    seed: int

    def of(self, column: Column) -> LayersSpec:
        """The question about one column."""
        return layers_spec(
            self.ref,
            self.corpus,
            column,
            limit=self.limit,
            definition=self.definition,
            drop_first=self.drop_first,
            seed=self.seed,
        )


def _choose(ref: ModelRef) -> _Choice | None:
    kept = Kept(PAGE)
    corpus = choose_corpus(kept, "Prompts")
    if corpus is None:
        return None
    how_many, definition, first, seeding = st.columns([2, 3, 3, 2], vertical_alignment="bottom")
    n_texts = len(corpus.texts)
    place = kept.key("limit", min(USUAL_PROMPTS, n_texts), low=1, high=n_texts, key=f"layers-limit-{corpus.fingerprint}")
    limit = how_many.number_input(f"How many (of {n_texts:,})", 1, n_texts, key=place)
    place = kept.key("definition", ONE_BASE, among=DEFINITIONS)
    kind = definition.selectbox("δ", DEFINITIONS, format_func=DEFINITION_LABELS.__getitem__, key=place)
    help_text = "The first position often carries a norm far beyond all others; leave it out to see the rest."
    drop = first.toggle("Drop first position", key=kept.key("drop_first", False, key="layers-drop"), help=help_text)
    seed = seeding.number_input("Seed of the nulls", 0, MOST_SEED, key=kept.key("seed", 0, low=0, high=MOST_SEED))
    kept.keep(limit=int(limit), definition=str(kind), drop_first=bool(drop), seed=int(seed))
    return _Choice(ref=ref, corpus=corpus, limit=int(limit), definition=str(kind), drop_first=bool(drop), seed=int(seed))


def _studies(choice: _Choice, chosen: Chosen) -> tuple[LayerStudy, ...] | None:
    """The records of all columns, None while they are computed; each is stored as soon as it is done, or as far as it has come."""
    specs = [choice.of(column) for column in chosen.columns]
    config, study = model_summary(choice.ref), layers_study(_nothing_to_lend)
    estimate = sum(estimated_seconds(spec, n_layers=config.n_layers or 12, dimension=config.hidden_size) for spec in specs)
    key = " ".join(study.key(spec) for spec in specs)
    return run_job(
        key,
        f"Measuring {len(specs[0].nulls)} nulls at every layer",
        lambda work: _Measuring(specs, chosen.titles, work).run(),
        estimate_s=estimate,
        auto=jobs().get(key) is None and all(is_answered(study, spec) for spec in specs),
        button="Measure the layers",
        draw=lambda studies: _draw(studies, chosen),
        missing=lambda studies: _missing(studies, chosen),
    )


def _nothing_to_lend() -> AbstractContextManager[tuple[Any, Any]]:
    raise AssertionError("a study that only looks into the store opens no model")


class _Measuring:
    """Every column's own values first, then the nulls column by column, until a stop; `Stopped` before the base has any layer."""

    def __init__(self, specs: Sequence[LayersSpec], titles: dict[str, str], work: Work) -> None:
        self._specs, self._titles, self._work = specs, titles, work
        self._found: dict[str, LayerStudy] = {}

    def run(self) -> tuple[LayerStudy, ...]:
        """What there is of all columns in the end."""
        n = len(self._specs)
        rounds = ((True, FIRST / n), (False, (1.0 - FIRST) / n)) if n > 1 else ((False, 1.0),)
        for measured_only, share in rounds:
            for spec in self._specs:
                work = self._work.part(share, self._titles[spec.column.name])
                try:
                    record = self._measure(spec, work, measured_only=measured_only)
                except Stopped:
                    if self._specs[0].column.name not in self._found:
                        raise
                    return tuple(self._found.values())
                self._take(record)
                if work.is_stopped and not record.is_whole:
                    return tuple(self._found.values())
        return tuple(self._found.values())

    def _measure(self, spec: LayersSpec, work: Work, *, measured_only: bool) -> LayerStudy:
        watched = Work(on_report=work.report, asked_to_stop=lambda: work.is_stopped, on_found=self._take)

        def lend() -> AbstractContextManager[tuple[Any, Any]]:
            return borrowed(spec.model, work, lambda text: work.report(0.0, 1.0, text), to_answer=False)

        return layers_study(lend, measured_only=measured_only).get(spec, watched, store=store()).record

    def _take(self, study: object) -> None:
        """Keep what is more than there was of a column, and show all columns once the base is among them."""
        assert isinstance(study, LayerStudy)
        before = self._found.get(study.column)
        if study.layers and (before is None or len(study.layers) >= len(before.layers)):
            self._found[study.column] = study
        if self._specs[0].column.name in self._found:
            self._work.hand_out(tuple(self._found.values()))


def _missing(studies: Sequence[LayerStudy], chosen: Chosen) -> str:
    """What a stop left out, of all columns."""
    there = {study.column for study in studies}
    parts = [reached_sentence(s).replace(s.column, chosen.titles[s.column], 1) for s in studies if not s.is_whole]
    parts += [f"{chosen.titles[column.name]}: no layer measured." for column in chosen.columns if column.name not in there]
    return f"Stopped on the way; what there is has been kept. {' '.join(parts)}" if parts else ""
