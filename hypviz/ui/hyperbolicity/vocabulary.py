"""A sample of the vocabulary on the Hyperbolicity page: the certified four-point delta, its nulls, and who attains it."""

from __future__ import annotations

import streamlit as st

from hypviz.plots.hyperbolicity import course_chart, vocabulary_chart
from hypviz.plots.token_text import visible
from hypviz.records.hyperbolicity import VocabularyDelta
from hypviz.records.models import ModelRef
from hypviz.records.specs.hyperbolicity import VocabularySpec
from hypviz.studies.hyperbolicity import TABLES
from hypviz.studies.kept import Lookup
from hypviz.studies.vocabulary_delta import SIZES, VOCABULARY, estimated_seconds, vocabulary_spec
from hypviz.ui.hyperbolicity.controls import TABLE_LABELS
from hypviz.ui.shared.answered import is_answered
from hypviz.ui.shared.untrained import choose_untrained, show_untrained
from hypviz.ui.shell.address import MOST_SEED, Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.session import embeddings, token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.hyperbolicity import vocabulary_sentences

WHAT = (
    "The four-point δ looks at every four tokens of the sample, so that no base point has to be chosen. It is exact: while it is computed "
    "the interval that contains it closes. δ can only grow with more points, so that every null has as many."
)


def show_vocabulary_delta(ref: ModelRef) -> None:
    """The controls, the computation with its interval closing, and the result; an answer that the store has is shown unasked."""
    st.markdown(WHAT)
    spec = _choose(ref)
    found = run_job(
        VOCABULARY.key(spec),
        "Measuring δ over all base points",
        lambda work: VOCABULARY.get(spec, work),
        estimate_s=estimated_seconds(spec, dimension=embeddings(ref).values.shape[1]),
        auto=is_answered(VOCABULARY, spec),
        button="Measure",
        draw=_draw,
        missing=_missing,
    )
    if found is None:
        return
    if found.notice:
        st.warning(escape_markdown(found.notice))
    _draw(found.record)
    show_untrained(ref, (spec.table,), taken_in=spec.untrained)


def _choose(ref: ModelRef) -> VocabularySpec:
    """How many tokens, of which table, drawn by which seed."""
    kept = Kept("vocabulary-delta", prefix="sample-")
    size, table, seeding = st.columns(3)
    vocab_size = int(token_table(ref).has_token.sum())
    sizes = [n for n in SIZES if n < vocab_size] or [vocab_size]
    place = kept.key("n_points", sizes[min(1, len(sizes) - 1)], among=sizes, key="vocabulary-delta-n")
    n_points = size.selectbox("Tokens", sizes, key=place)
    place = kept.key("table", TABLES[0], among=TABLES, key="vocabulary-delta-table")
    where = table.selectbox("Table", TABLES, format_func=TABLE_LABELS.__getitem__, key=place)
    place = kept.key("seed", 0, low=0, high=MOST_SEED, key="vocabulary-delta-seed")
    seed = seeding.number_input("Seed of sample and nulls", 0, MOST_SEED, key=place)
    untrained = choose_untrained(kept)
    spec = vocabulary_spec(ref, n_points=int(n_points), table=str(where), seed=int(seed), untrained=untrained)
    kept.keep_spec(spec)
    return spec


def _draw(record: VocabularyDelta) -> None:
    """The interval as it closes, then the value beside the nulls that are in."""
    if record.exact:
        show(vocabulary_chart(record), "vocabulary-delta")
        for sentence in vocabulary_sentences(record, tuple(visible(text) for text in record.witness_text)):
            st.markdown(escape_markdown(sentence))
    show(course_chart(record), "vocabulary-course")
    if not record.exact:
        st.caption("Between the two lines is what is not known yet: the search moves the lower one up and the upper one down.")
    provenance(record.provenance.line)


def _missing(found: Lookup[VocabularyDelta]) -> str:
    """What a stop left out."""
    record = found.record
    if record.is_whole:
        return ""
    if not record.exact:
        return f"Stopped before the interval had closed. {vocabulary_sentences(record, ())[0]} Measuring the rest searches anew."
    repeats = f" and {len(record.begun)} repeats of the next" if len(record.begun) else ""
    return f"Stopped with the interval closed and {len(record.nulls)} of {len(record.asked)} nulls measured{repeats}; they have been kept."
