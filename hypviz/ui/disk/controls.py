"""The controls of the Disk page; every choice lives in the URL, so that a link or a reload shows the same picture.

Streamlit writes an option's label into the URL, so the options are their own labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from hypviz.corpora.general import GENERAL
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.layout import MODEL_TABLES
from hypviz.records.models import ModelRef
from hypviz.records.specs.disk import DEFAULT_RADIUS, LayoutSpec, ModelRows
from hypviz.studies.counts import CountSource, default_source
from hypviz.studies.disk import LAYOUTS
from hypviz.studies.disk_view import COLOURS
from hypviz.ui.disk.selection import forget_camera
from hypviz.ui.shared.corpus_choice import CORPORA
from hypviz.ui.shared.counts_choice import source_of
from hypviz.ui.shared.uploads import UPLOAD_WORDS as UPLOAD
from hypviz.ui.shared.uploads import file_alone
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.session import model_summary, token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.disk import methods_help

TOKEN_ID, ALL, NOTHING, OTHER_TABLE = "token-id", "all", "nothing", "other table"
STEPS = (1_000, 5_000, 20_000, 50_000)
SHOWN_AT_ONCE = 20_000  # laying out more than this takes long enough to be asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutChoice:
    """What the person chose: `corpus` is None for token-id order, `n_tokens` None for the whole vocabulary of `vocab_size`
    tokens, `beside` a second layout of the same tokens."""

    method: str
    radius: float
    colour: str
    corpus: CountSource | None
    n_tokens: int | None
    vocab_size: int
    table: str = "input"
    beside: LayoutChoice | None = None
    seed: int = 0

    def spec(self, ref: ModelRef) -> LayoutSpec:
        """The question about the model."""
        return LayoutSpec(
            rows=ModelRows(model=ref, table=self.table),
            counts=self.corpus,
            method=self.method,
            n_tokens=self.n_tokens,
            seed=self.seed,
            radius=self.radius,
        )


def choose_layout(ref: ModelRef) -> LayoutChoice:
    """Method, colour, radius and a second layout in one row that wraps, what is chosen once behind a button."""
    vocab_size = int(token_table(ref).has_token.sum())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        method = st.selectbox(
            "Layout",
            list(LAYOUTS),
            key="method",
            bind="query-params",
            on_change=forget_camera,
            width=185,
            help=methods_help(),
        )
        colour = _colour(ref)
        radius = st.slider(
            "R, farthest distance",
            1.0,
            10.0,
            DEFAULT_RADIUS,
            0.5,
            key="R",
            bind="query-params",
            on_change=forget_camera,
            width=150,
            help="Hyperbolic distance from the middle. A larger R keeps more neighbours but pushes the tokens towards the boundary.",
        )
        beside = st.selectbox(
            "Beside it",
            [NOTHING, OTHER_TABLE, *(other for other in LAYOUTS if other != method)],
            key="beside",
            bind="query-params",
            width=185,
            help="A second layout of the same tokens, moved over this one as well as an isometry can; lines show how far tokens drift. "
            "Other table: the same method on the rows of the output layer.",
        )
        with st.popover("More", icon=":material/tune:"):
            n_tokens, corpus, table = _tokens(vocab_size), _source(ref), _table()
    if (table != "input" or beside == OTHER_TABLE) and model_summary(ref).tied:
        st.info(f"{escape_markdown(ref.label)} uses one table for both its embeddings and its output layer, so there is no other to show.")
        table, beside = "input", NOTHING if beside == OTHER_TABLE else beside
    choice = LayoutChoice(
        method=str(method),
        radius=float(radius),
        colour=colour,
        corpus=corpus,
        n_tokens=n_tokens,
        vocab_size=vocab_size,
        table=table,
    )
    return replace(choice, beside=_second(choice, str(beside)))


def _colour(ref: ModelRef) -> str:
    """One of the colourings; that of the bundled model is the one it was trained for."""
    names = list(COLOURS)
    learned = [name for name, entry in COLOURS.items() if entry.opens_bundled]
    first = names.index(learned[0]) if learned and ref.kind == "bundled" else 0
    words = "; ".join(f"{name}: {entry.help}" for name, entry in COLOURS.items())
    return str(st.selectbox("Colour by", names, index=first, key="colour", bind="query-params", width=160, help=f"{words}."))


def _second(choice: LayoutChoice, beside: str) -> LayoutChoice | None:
    """The layout to stand beside `choice`: another method, or another table."""
    if beside == NOTHING:
        return None
    if beside == OTHER_TABLE:
        return replace(choice, table="input" if choice.table == "output" else "output")
    return replace(choice, method=beside)


def _tokens(vocab_size: int) -> int | None:
    """How many tokens to lay out, None for all."""
    sizes = [*(f"{n}" for n in STEPS if n < vocab_size), ALL]
    first = ALL if vocab_size <= SHOWN_AT_ONCE else f"{SHOWN_AT_ONCE}"
    words = f"How many of the {vocab_size:,} tokens, the most frequent first"
    chosen = st.selectbox(words, sizes, index=sizes.index(first), key="tokens", bind="query-params", on_change=forget_camera)
    return None if chosen == ALL else int(str(chosen))


def _source(ref: ModelRef) -> CountSource | None:
    """What gives the ranks: the bundled model's own problems or the general word table first; None for token-id order."""
    sources = [GENERAL, *PROBLEM_SET_NAMES, TOKEN_ID, UPLOAD]
    chosen = st.selectbox(
        "Frequencies from",
        sources,
        index=sources.index(PROBLEM_SET_NAMES[0] if ref.kind == "bundled" else GENERAL),
        key="counts",
        bind="query-params",
        help="general: counts of a million words of ordinary English, cut into tokens by this model. bundled: a mix of all skills of the "
        "bundled problems, which speak of cows and marbles; the bundled model was trained on them. token-id takes the token's number for "
        "its rank: a proxy, because tokenizers number frequent tokens first.",
    )
    if chosen == UPLOAD:
        return file_alone(Kept("disk"), "file", CORPORA) or default_source(ref)  # until there is a file, as if it had not been asked for
    return None if chosen == TOKEN_ID else source_of(str(chosen))


def _table() -> str:
    """Which of the model's matrices gives the rows."""
    chosen = st.selectbox(
        "Rows of",
        MODEL_TABLES,
        key="table",
        bind="query-params",
        on_change=forget_camera,
        help="input: the embeddings, with which a model reads. output: the last layer, with which it writes.",
    )
    return str(chosen)
