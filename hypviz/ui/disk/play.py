"""One vocabulary in several tables on the Disk page: the choice of what is played, and its layouts as a job."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef
from hypviz.records.play import Played, TokenStates
from hypviz.records.specs.disk import LayoutSpec, MatrixRows, ModelRows
from hypviz.records.specs.play import PlaySpec
from hypviz.studies.disk import LAYOUTS
from hypviz.studies.disk.play import PLAY, checkpoint_rows, estimated_seconds
from hypviz.studies.disk.token_states import MOST_TOKENS, layer_rows, token_states_spec, token_states_study
from hypviz.studies.disk.token_states import estimated_seconds as seconds_of_states
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import model_ref, model_summary, store
from hypviz.ui.shell.text import escape_markdown
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.studies.kept import Lookup

TABLES, CHECKPOINT, LAYERS = "other table", "checkpoint", "layers"
STOPS = (2, 3, 5)  # layers at which a played vocabulary rests, beside the embeddings
HELP = (
    "The same tokens once more in another table, laid out from where they are and moved over them; a slider and a button show what moves. "
    "checkpoint: another model of the same vocabulary, as a fine-tune of it. layers: each token alone, after some layers."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayChoice:
    """What follows the layout: one of the kinds above, with the other MODEL or the number of layers to rest at."""

    kind: str
    source: str = ""
    stops: int = 0


def choose_play(kept: Kept, tied: bool) -> PlayChoice | None:
    """What is played, None where a checkpoint is still to be named; a `tied` model has no other table."""
    kinds = [*([] if tied else [TABLES]), LAYERS, CHECKPOINT]
    kind = str(st.selectbox("Play on to", kinds, key=kept.key("play", kinds[0], among=kinds, key="play"), width=150, help=HELP))
    kept.keep(play=kind)
    if kind == CHECKPOINT:
        words = "A folder, or a hub id that is on this machine, of the same vocabulary."
        source = st.text_input("MODEL", key=kept.key("to", "", key="play-to"), width=190, help=words).strip()
        kept.keep(to=source)
        return PlayChoice(kind=kind, source=source) if source else None
    if kind == LAYERS:
        words = f"Each of the {MOST_TOKENS:,} most frequent tokens goes through the layers alone; no more are laid out then."
        key = kept.key("stops", STOPS[1], among=STOPS, key="play-stops")
        stops = int(st.selectbox("Layers to rest at", STOPS, key=key, width=150, help=words))
        kept.keep(stops=stops)
        return PlayChoice(kind=kind, stops=stops)
    return PlayChoice(kind=kind)


def for_playing(layout: LayoutSpec, choice: PlayChoice | None, vocab_size: int) -> LayoutSpec:
    """The layout that is played from: of no more tokens than states are computed for, where layers are."""
    if choice is None or choice.kind != LAYERS or (layout.n_tokens or vocab_size) <= MOST_TOKENS:
        return layout
    return LayoutSpec(
        rows=layout.rows, counts=layout.counts, method=layout.method, pull=layout.pull, n_tokens=MOST_TOKENS, radius=layout.radius
    )


def played(ref: ModelRef, spec: LayoutSpec, layout: DiskLayout, choice: PlayChoice) -> Played | None:
    """The frames; None while they are computed, where they are still to be asked for, and where they cannot be, which is said here."""
    method = LAYOUTS.require(layout.method)
    if not method.can_start or layout.n_rounds_done < layout.n_rounds:
        able = ", ".join(one.label for one in LAYOUTS.values() if one.can_start)
        st.info(
            escape_markdown(f"Only a finished layout of {able} can be played on from; choose it under Layout."),
            icon=":material/play_circle:",
        )
        return None
    try:
        asked = _question(ref, spec, layout, choice)
        if asked is None:
            return None
        n, n_frames = len(layout.token_ids), len(asked.labels)
        found = run_job(
            PLAY.key(asked),
            f"Laying out {n:,} tokens in {n_frames - 1} more {'table' if n_frames == 2 else 'tables'}, each twice",
            lambda work: PLAY.get(asked, work, store=store()),
            estimate_s=estimated_seconds(method.seconds(n), n_frames),
            button="Lay out what is played",
            auto=PLAY.stored(asked, store=store()) is not None,
        )
    except HypvizError as error:
        st.warning(escape_markdown(str(error)), icon=":material/play_circle:")
        return None
    return found.record if found is not None else None


def _question(ref: ModelRef, spec: LayoutSpec, layout: DiskLayout, choice: PlayChoice) -> PlaySpec | None:
    """What is asked of the layouts; None while the states of tokens are computed."""
    table = layout.table
    if choice.kind == TABLES:
        other = "input" if table == "output" else "output"
        return _spec(spec, (ModelRows(model=ref, table=other),), (f"{table} table", f"{other} table"))
    if choice.kind == CHECKPOINT:
        other_ref = model_ref(choice.source)
        names = (ref.label, other_ref.label) if ref.label != other_ref.label else (f"{ref.label} (this)", f"{other_ref.label} (checkpoint)")
        return _spec(spec, (checkpoint_rows(ref, other_ref, layout),), names)
    n_layers = model_summary(ref).n_layers
    layers = tuple(dict.fromkeys(round(n_layers * (k + 1) / choice.stops) for k in range(choice.stops)))
    rows = _states(ref, layout, layers)
    if rows is None:
        return None
    first = "the embeddings" if table == "input" else "the output table"
    return _spec(spec, rows, (first, *(f"layer {layer}" for layer in layers)))


def _spec(spec: LayoutSpec, rows: tuple[ModelRows | MatrixRows, ...], labels: tuple[str, ...]) -> PlaySpec:
    return PlaySpec(first=spec.basis, rows=rows, labels=labels, radius=spec.radius)


def _states(ref: ModelRef, layout: DiskLayout, layers: tuple[int, ...]) -> tuple[MatrixRows, ...] | None:
    asked = token_states_spec(ref, layout.token_ids, layers)
    study = token_states_study(lambda part: borrowed(ref, part, lambda text: part.report(0.0, 1.0, text)))

    def get(work: Work) -> Lookup[TokenStates]:
        return study.get(asked, work, store=store())

    n, size = len(layout.token_ids), model_summary(ref).n_parameters
    found = run_job(
        study.key(asked),
        f"Each of {n:,} tokens through the layers",
        get,
        estimate_s=4.0 + seconds_of_states(n, size),
        button=f"Take {n:,} tokens through the layers",
        auto=study.stored(asked, store=store()) is not None,
    )
    return None if found is None else layer_rows(asked, found.record, layout)


def played_key(found: Played | None) -> str:
    """A short name for caches and keys, empty where nothing is played."""
    if found is None:
        return ""
    digest = hashlib.sha256(found.rho.tobytes() + found.theta.tobytes() + repr(found.labels).encode())
    return digest.hexdigest()[:12]
