"""The controls of the Hyperbolicity page: prompts, how many, and everything that decides the number, with the paper's setting at once."""

from __future__ import annotations

import streamlit as st

from hypviz.records.models import ModelRef
from hypviz.records.specs.hyperbolicity import DeltaSpec
from hypviz.studies.hyperbolicity import TABLES, prompt_spec
from hypviz.studies.nulls import DEFINITIONS, GAUSSIAN, METRICS, NULLS, OF_PROMPTS, ONE_BASE, nulls_of
from hypviz.ui.shared.corpus_choice import choose_corpus
from hypviz.ui.shell.address import MOST_SEED, Kept
from hypviz.words.hyperbolicity import DEFINITION_LABELS

METRIC_LABELS = {
    "euclidean": "Euclidean",
    "angle": "angle",
    "graph": "nearest-neighbour graph",
    "hyperbolic": "hyperbolic, after exp of x/√d",
}
TABLE_LABELS = {"input": "input embeddings", "output": "output embeddings"}
PAPER = {"delta-definition": ONE_BASE, "delta-metric": METRICS[0], "delta-table": TABLES[0]}
USUAL = 200


def choose_measurement(ref: ModelRef) -> DeltaSpec | None:
    """The controls; None while there is no text."""
    kept = Kept("delta")
    corpus = choose_corpus(kept, "Prompts")
    if corpus is None:
        return None
    n_texts = len(corpus.texts)
    how_many, definition, table, paper = st.columns([2, 3, 2.2, 2.2], vertical_alignment="bottom")
    key = kept.key("limit", min(USUAL, n_texts), low=1, high=n_texts, key=f"delta-limit-{corpus.fingerprint}")
    limit = how_many.number_input(f"How many (of {n_texts:,})", 1, n_texts, key=key, help="From the first on.")
    place = kept.key("definition", ONE_BASE, among=DEFINITIONS)
    chosen = definition.selectbox("δ", DEFINITIONS, format_func=DEFINITION_LABELS.__getitem__, key=place)
    where = table.selectbox("Points", TABLES, format_func=TABLE_LABELS.__getitem__, key=kept.key("table", TABLES[0], among=TABLES))
    paper.button(
        "As the paper did it",
        key="delta-paper",
        icon=":material/article:",
        on_click=_as_in_the_paper,
        args=(key, n_texts),
        width="stretch",
        help="δ at the first token, Euclidean distances between input embeddings, all prompts. Chance, which the paper leaves out, stays.",
    )
    with st.popover("More", icon=":material/tune:"), kept.folded():
        place = kept.key("metric", METRICS[0], among=METRICS)
        metric = st.selectbox("Distance", METRICS, format_func=METRIC_LABELS.__getitem__, key=place)
        every = st.toggle("Every null, not only Gaussian points", key=kept.key("nulls", True), help=_nulls_help())
        seed = st.number_input("Seed of the random points", 0, MOST_SEED, key=kept.key("seed", 0, low=0, high=MOST_SEED))
    spec = prompt_spec(
        ref,
        corpus,
        limit=int(limit),
        definition=str(chosen),
        metric=str(metric),
        table=str(where),
        nulls=nulls_of(OF_PROMPTS) if every else (GAUSSIAN,),
        seed=int(seed),
    )
    kept.keep(nulls=bool(every))
    kept.keep_spec(spec)
    return spec


def _nulls_help() -> str:
    """One line for each null, from the registry."""
    return "\n".join(f"* {NULLS[name].label}: {NULLS[name].help}" for name in nulls_of(OF_PROMPTS))


def _as_in_the_paper(limit_key: str, n_texts: int) -> None:
    """arXiv 2410.04010v2, Table 2: base at the first token, Euclidean, input embeddings, every prompt of the data set."""
    for key, value in PAPER.items():
        st.session_state[key] = value
    st.session_state[limit_key] = n_texts
