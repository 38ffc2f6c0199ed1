"""One vocabulary in several tables on the Disk page: the choice of what is played, and its layouts as a job."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef
from hypviz.records.play import Played
from hypviz.records.specs.disk import LayoutSpec
from hypviz.studies.disk import LAYOUT, LAYOUTS
from hypviz.studies.disk.play import PLAY, checkpoint_play, estimated_seconds, table_play
from hypviz.studies.disk.play_layers import PlayedOn, for_layers, layers_estimate, play_layers, rests, stored_layers
from hypviz.studies.disk.token_states import MOST_TOKENS
from hypviz.ui.disk.frame import aside
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.jobs import jobs, run_job
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import model_ref, model_summary, store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.play import layers_need, tables_need
from hypviz.work import Work

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
    """What is played, behind a button of the row; None where a checkpoint is still to be named. A `tied` model has no other table."""
    with st.popover("Play", icon=":material/play_circle:"), kept.folded():
        return _chosen(kept, tied)


def _chosen(kept: Kept, tied: bool) -> PlayChoice | None:
    kinds = [*([] if tied else [TABLES]), LAYERS, CHECKPOINT]
    kind = str(st.selectbox("Play on to", kinds, key=kept.key("play", kinds[0], among=kinds, key="play"), help=HELP))
    kept.keep(play=kind)
    if kind == CHECKPOINT:
        words = "A folder, or a hub id that is on this machine, of the same vocabulary."
        source = st.text_input("MODEL", key=kept.key("to", "", key="play-to"), help=words).strip()
        kept.keep(to=source)
        return PlayChoice(kind=kind, source=source) if source else None
    if kind == LAYERS:
        words = f"Each token goes through the layers alone; of more than {MOST_TOKENS:,} tokens the most frequent ones are played."
        key = kept.key("stops", STOPS[1], among=STOPS, key="play-stops")
        stops = int(st.selectbox("Layers to rest at", STOPS, key=key, help=words))
        kept.keep(stops=stops)
        return PlayChoice(kind=kind, stops=stops)
    return PlayChoice(kind=kind)


def played(ref: ModelRef, spec: LayoutSpec, layout: DiskLayout, choice: PlayChoice) -> PlayedOn | None:
    """The frames; None while they are computed, where they are still to be asked for, and where they cannot be, which is said here."""
    with aside("play"):
        if not LAYOUTS.require(layout.method).can_start or layout.n_rounds_done < layout.n_rounds:
            able = ", ".join(one.label for one in LAYOUTS.values() if one.can_start)
            said = f"Only a finished layout of {able} can be played on from; choose it under Layout."
            st.info(escape_markdown(said), icon=":material/play_circle:")
            return None
        try:
            return _layers(ref, spec, layout, choice.stops) if choice.kind == LAYERS else _tables(ref, spec, layout, choice)
        except HypvizError as error:
            st.warning(escape_markdown(str(error)), icon=":material/play_circle:")
            return None


def _tables(ref: ModelRef, spec: LayoutSpec, layout: DiskLayout, choice: PlayChoice) -> PlayedOn | None:
    """The same tokens in another table, or in the same one of another model."""
    n = len(layout.token_ids)
    asked = table_play(spec, ref) if choice.kind == TABLES else checkpoint_play(spec, ref, model_ref(choice.source), layout)
    key = PLAY.key(asked)
    found = run_job(
        key,
        f"Laying out {n:,} tokens in one more table, twice",
        lambda work: PLAY.get(asked, work, store=store()),
        estimate_s=estimated_seconds(LAYOUTS.require(layout.method).seconds(n), len(asked.labels)),
        button="Lay out what is played",
        needs=tables_need(n),
        auto=jobs().get(key) is None and PLAY.stored(asked, store=store()) is not None,
    )
    return PlayedOn(played=found.record, layout=layout, spec=spec) if found is not None else None


def _layers(ref: ModelRef, spec: LayoutSpec, layout: DiskLayout, stops: int) -> PlayedOn | None:
    """The tokens of the picture after some layers, or the most frequent of them; the picture stays until all of it is there."""
    n_laid_out, layers = len(layout.token_ids), rests(model_summary(ref).n_layers, stops)
    asked = for_layers(spec, n_laid_out)
    n = min(n_laid_out, asked.n_tokens or n_laid_out)

    def lend(part: Work) -> AbstractContextManager[tuple[Any, Any]]:
        return borrowed(ref, part, lambda text: part.report(0.0, 1.0, text))

    key = f"play {LAYOUT.key(asked)} {layers}"
    return run_job(
        key,
        f"Playing {n:,} tokens through the layers",
        lambda work: play_layers(asked, layers, lend, work, store=store()),
        estimate_s=layers_estimate(asked, n, len(layers)),
        button=f"Play {n:,} tokens through the layers",
        needs=layers_need(n, n_laid_out, len(layers)),
        auto=jobs().get(key) is None and stored_layers(asked, layers, lend, store=store()) is not None,
    )


def played_key(found: Played | None) -> str:
    """A short name for caches and keys, empty where nothing is played."""
    if found is None:
        return ""
    digest = hashlib.sha256(found.rho.tobytes() + found.theta.tobytes() + repr(found.labels).encode())
    return digest.hexdigest()[:12]
