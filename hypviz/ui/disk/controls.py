"""The controls of the Disk page; every choice lives in the address, so that a link or a reload shows the same picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from hypviz.records.columns import TokenColumns
from hypviz.records.layout import MODEL_TABLES
from hypviz.records.models import ModelRef
from hypviz.records.specs.disk import DEFAULT_METHOD, DEFAULT_RADIUS, LayoutSpec, ModelRows
from hypviz.studies.counts import CountSource, default_source
from hypviz.studies.disk import LAYOUTS
from hypviz.studies.disk.view import COLOURS
from hypviz.studies.problem_sets import PROBLEM_SET_NAMES
from hypviz.studies.texts import GENERAL
from hypviz.ui.disk.own_columns import choose_columns, columns_now, readings_of
from hypviz.ui.disk.play import TABLES, PlayChoice, choose_play
from hypviz.ui.disk.selection import forget_camera
from hypviz.ui.shared.corpus_choice import CORPORA
from hypviz.ui.shared.counts_choice import source_of
from hypviz.ui.shared.untrained import choose_untrained
from hypviz.ui.shared.uploads import UPLOAD_WORDS as UPLOAD
from hypviz.ui.shared.uploads import file_alone
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.page import errors_as_sentences
from hypviz.ui.shell.session import model_summary, token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.disk import methods_help

TOKEN_ID, ALL, NOTHING, OTHER_TABLE, PLAYED = "token-id", "all", "nothing", "other table", "played"
STEPS = (1_000, 5_000, 10_000, 20_000, 50_000)
SHOWN_AT_ONCE = 20_000  # laying out more than this takes long enough to be asked for
NUMBERS_AT_ONCE = 21_000_000  # in their rows: 5,000 of 4,096; more take time and memory that are to be asked for
PULLS = (0.0, 0.25, 0.5, 0.75, 1.0)
NEAREST, FARTHEST = 1.0, 10.0  # what R may be


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskChoice:
    """What the person chose: the `layout`, a second one of the same tokens `beside` it or None, what is played on from it (`play`) or
    None, and how the tokens are coloured.

    `vocab_size` is how many tokens there are in all, `columns` a file of the person's own, from which the colour may come, or None. Where
    something is played, nothing stands beside it.
    """

    layout: LayoutSpec
    beside: LayoutSpec | None
    play: PlayChoice | None
    colour: str
    vocab_size: int
    columns: TokenColumns | None


def choose_layout(ref: ModelRef) -> DiskChoice:
    """Method, colour, radius and a second layout in one row that wraps, what is chosen once behind a button."""
    kept, vocab_size, summary = Kept("disk"), int(token_table(ref).has_token.sum()), model_summary(ref)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        method, columns = _method(kept), columns_now()
        colour, radius = _colour(kept, columns), _radius(kept)
        pull = _pull(kept) if LAYOUTS[method].can_pull else 0.0
        beside = _beside(kept, method, summary.tied)
        play = choose_play(kept, summary.tied) if beside == PLAYED else None
        with st.popover("More", icon=":material/tune:"), kept.folded():
            n_tokens, counts, table = _tokens(kept, vocab_size, summary.hidden_size), _source(kept, ref), _table(kept)
            untrained = choose_untrained(kept, key="untrained")
            kept.keep(untrained=untrained)
            with errors_as_sentences():  # the picture stays
                choose_columns(kept)
    if table != "input" and summary.tied:
        st.info(f"{escape_markdown(ref.label)} uses one table for both its embeddings and its output layer, so there is no other to show.")
        table = "input"
    layout = LayoutSpec(
        rows=ModelRows(model=ref, table=table),
        counts=counts,
        method=method,
        pull=pull,
        n_tokens=n_tokens,
        radius=radius,
        untrained=untrained,
        both_tables=beside == OTHER_TABLE or (play is not None and play.kind == TABLES),
    )
    second = _second(layout, ref, table, beside)
    return DiskChoice(layout=layout, beside=second, play=play, colour=colour, vocab_size=vocab_size, columns=columns)


def _method(kept: Kept) -> str:
    """How tokens get their places."""
    names = list(LAYOUTS)
    key = kept.key("method", DEFAULT_METHOD, among=names, key="method")
    chosen = str(st.selectbox("Layout", names, key=key, on_change=forget_camera, width=145, help=methods_help()))
    kept.keep(method=chosen)
    return chosen


def _colour(kept: Kept, columns: TokenColumns | None) -> str:
    """One of the colourings, those of the person's own columns last; at first the first."""
    own = readings_of(columns) if columns is not None else ()
    names = [*COLOURS, *(name for reading in own for name in reading.names)]
    words = "; ".join(f"{name}: {entry.help}" for name, entry in COLOURS.items())
    key = kept.key("colour", names[0], among=names, key="colour")
    chosen = str(st.selectbox("Colour by", names, key=key, width=135, help=f"{words}."))
    kept.keep(colour=chosen)
    return chosen


def _radius(kept: Kept) -> float:
    """How far out the farthest token lies."""
    chosen = st.slider(
        "Radius R",
        NEAREST,
        FARTHEST,
        step=0.5,
        key=kept.key("R", DEFAULT_RADIUS, low=NEAREST, high=FARTHEST, key="R"),
        on_change=forget_camera,
        width=120,
        help="The farthest token's hyperbolic distance from the middle. A larger R pushes the tokens towards the boundary.",
    )
    kept.keep(R=float(chosen))
    return float(chosen)


def _pull(kept: Kept) -> float:
    """How strongly tokens are drawn to the radius of their frequency rank."""
    chosen = st.select_slider(
        "Frequency",
        PULLS,
        key=kept.key("pull", PULLS[0], among=PULLS, key="pull"),
        on_change=forget_camera,
        width=125,
        help="How much frequency decides how far out a token lies: 0 nothing, 1 nearly all. It costs neighbours, and each is a new layout.",
    )
    kept.keep(pull=float(chosen))
    return float(chosen)


def _beside(kept: Kept, method: str, tied: bool) -> str:
    """A second layout, by its method or, unless the model is `tied` and has one table only, of the other table."""
    options = [NOTHING, PLAYED, *([] if tied else [OTHER_TABLE]), *(other for other in LAYOUTS if other != method)]
    chosen = st.selectbox(
        "Beside it",
        options,
        key=kept.key("beside", NOTHING, among=options, key="beside"),
        width=130,
        help="A second layout of the same tokens, moved over this one as well as an isometry can; lines show how far tokens drift. "
        "Other table: the same method on the rows of the output layer. Played: the tokens of this picture move on to another table.",
    )
    kept.keep(beside=str(chosen))
    return str(chosen)


def _second(layout: LayoutSpec, ref: ModelRef, table: str, beside: str) -> LayoutSpec | None:
    """The layout to stand beside `layout`: another method, or another table."""
    if beside in (NOTHING, PLAYED):
        return None
    if beside == OTHER_TABLE:
        return replace(layout, rows=ModelRows(model=ref, table="input" if table == "output" else "output"))
    return replace(layout, method=beside, pull=layout.pull if LAYOUTS[beside].can_pull else 0.0)


def _tokens(kept: Kept, vocab_size: int, hidden_size: int) -> int | None:
    """How many tokens to lay out, None for all; at first as many as take neither long nor much memory."""
    sizes = [*(f"{n}" for n in STEPS if n < vocab_size), ALL]
    at_once = min(SHOWN_AT_ONCE, NUMBERS_AT_ONCE // hidden_size)
    first = ALL if vocab_size <= at_once else f"{max((n for n in STEPS if n <= at_once), default=STEPS[0])}"
    words = f"How many of the {vocab_size:,} tokens, the most frequent first"
    chosen = str(st.selectbox(words, sizes, key=kept.key("tokens", first, among=sizes, key="tokens"), on_change=forget_camera))
    kept.keep(tokens=chosen)
    return None if chosen == ALL else int(chosen)


def _source(kept: Kept, ref: ModelRef) -> CountSource | None:
    """What gives the ranks: the bundled model's own problems or the general word table first; None for token-id order."""
    sources = [GENERAL, *PROBLEM_SET_NAMES, TOKEN_ID, UPLOAD]
    first = PROBLEM_SET_NAMES[0] if ref.kind == "bundled" else GENERAL
    chosen = st.selectbox(
        "Frequencies from",
        sources,
        key=kept.key("counts", first, among=sources, key="counts"),
        help="general: counts of a million words of ordinary English, cut into tokens by this model. bundled: a mix of all skills of the "
        "bundled problems, which speak of cows and marbles; the bundled model was trained on them. Tokens that do not occur there follow "
        "by what a probe of their rows predicts. token-id takes the token's number for its rank: a proxy, because tokenizers number "
        "frequent tokens first.",
    )
    kept.keep(counts=str(chosen))
    if chosen == UPLOAD:
        return file_alone(kept, "file", CORPORA) or default_source(ref)  # until there is a file, as if it had not been asked for
    return None if chosen == TOKEN_ID else source_of(str(chosen))


def _table(kept: Kept) -> str:
    """Which of the model's matrices gives the rows."""
    chosen = st.selectbox(
        "Rows of",
        MODEL_TABLES,
        key=kept.key("table", MODEL_TABLES[0], among=MODEL_TABLES, key="table"),
        on_change=forget_camera,
        help="input: the embeddings, with which a model reads. output: the last layer, with which it writes.",
    )
    kept.keep(table=str(chosen))
    return str(chosen)
