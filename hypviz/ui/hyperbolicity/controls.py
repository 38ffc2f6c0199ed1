"""The controls of the Hyperbolicity page: prompts, how many, and everything that decides the number, with the paper's setting at once."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from hypviz.hyperbolicity import BASE, DEFINITIONS, METRICS, NULLS
from hypviz.records.texts import Corpus
from hypviz.studies.hyperbolicity import GAUSSIAN, TABLES
from hypviz.ui.shared.corpus_choice import choose_corpus
from hypviz.ui.shell.address import Kept

DEFINITION_LABELS = {"base": "at the first token", "exact": "over all base points"}
METRIC_LABELS = {
    "euclidean": "Euclidean",
    "angle": "angle",
    "graph": "nearest-neighbour graph",
    "hyperbolic": "hyperbolic, after exp of x/√d",
}
TABLE_LABELS = {"input": "input embeddings", "output": "output embeddings"}
PAPER = {"delta-definition": BASE, "delta-metric": METRICS[0], "delta-table": TABLES[0]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What the person chose."""

    corpus: Corpus
    limit: int
    seed: int
    definition: str
    metric: str
    table: str
    nulls: tuple[str, ...]

    @property
    def key(self) -> str:
        """Everything that decides the result, for a job's name."""
        how = f"{self.definition} {self.metric} {self.table} {','.join(self.nulls)}"
        return f"{self.corpus.fingerprint} {self.corpus.name} {self.limit} {self.seed} {how}"


def choose_measurement() -> Measurement | None:
    """The controls; None while there is no text."""
    corpus = choose_corpus(Kept("delta"), "Prompts")
    if corpus is None:
        return None
    how_many, definition, table, paper = st.columns([2, 3, 2.2, 2.2], vertical_alignment="bottom")
    n_texts = len(corpus.texts)
    key = f"delta-limit-{corpus.fingerprint}"
    st.session_state.setdefault(key, min(200, n_texts))  # the button sets it too, and a widget may not have two defaults
    limit = how_many.number_input(f"How many (of {n_texts:,})", 1, n_texts, key=key, help="From the first on.")
    chosen = definition.selectbox("δ", DEFINITIONS, format_func=DEFINITION_LABELS.__getitem__, key="delta-definition")
    where = table.selectbox("Points", TABLES, format_func=TABLE_LABELS.__getitem__, key="delta-table")
    paper.button(
        "As the paper did it",
        key="delta-paper",
        icon=":material/article:",
        on_click=_as_in_the_paper,
        args=(key, n_texts),
        width="stretch",
        help="δ at the first token, Euclidean distances between input embeddings, all prompts. Chance, which the paper leaves out, stays.",
    )
    with st.popover("More", icon=":material/tune:"):
        metric = st.selectbox("Distance", METRICS, format_func=METRIC_LABELS.__getitem__, key="delta-metric")
        every = st.toggle("All five nulls, not only Gaussian points", True, key="delta-nulls")
        seed = st.number_input("Seed of the random points", 0, 2**31 - 1, 0, key="delta-seed")
    return Measurement(
        corpus=corpus,
        limit=int(limit),
        seed=int(seed),
        definition=str(chosen),
        metric=str(metric),
        table=str(where),
        nulls=tuple(NULLS) if every else (GAUSSIAN,),
    )


def _as_in_the_paper(limit_key: str, n_texts: int) -> None:
    """arXiv 2410.04010v2, Table 2: base at the first token, Euclidean, input embeddings, every prompt of the data set."""
    for key, value in PAPER.items():
        st.session_state[key] = value
    st.session_state[limit_key] = n_texts
