"""A vocabulary played through the layers of its model: its most frequent tokens laid out, each taken through the layers alone, and played.

In: a `LayoutSpec` of a model's rows and the layers to rest at. Out: a `PlayedOn`, whose layout and frames come from the store where they
are there. A layout of more tokens than states are computed for is not played itself, but that of its most frequent ones.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from hypviz.errors import HypvizError, Stopped
from hypviz.models import summarise
from hypviz.records.layout import DiskLayout
from hypviz.records.play import Played, TokenStates
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.records.specs.play import PlaySpec, TokenStatesSpec
from hypviz.store import Store
from hypviz.studies.disk.layout import LAYOUT, LAYOUTS, lay_out
from hypviz.studies.disk.play import PLAY
from hypviz.studies.disk.play import estimated_seconds as seconds_of_play
from hypviz.studies.disk.token_states import MOST_TOKENS, layer_rows, token_states_spec, token_states_study
from hypviz.studies.disk.token_states import estimated_seconds as seconds_of_states
from hypviz.work import NOBODY, STOPPED, Work

if TYPE_CHECKING:
    from hypviz.studies.disk.token_states import Lend

LAYING, PASSING, PLAYING = 0.2, 0.3, 0.5  # of the progress
OPENING_SECONDS = 4.0  # a first guess at reading the model


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlayedOn:
    """The frames, the layout that they begin with, and its question."""

    played: Played
    layout: DiskLayout
    spec: LayoutSpec


def for_layers(spec: LayoutSpec, n_tokens: int) -> LayoutSpec:
    """The layout that is played, where `spec` lays `n_tokens` out: itself, or that of its most frequent tokens where they are too many."""
    return spec if n_tokens <= MOST_TOKENS else dataclasses.replace(spec, n_tokens=MOST_TOKENS)


def rests(n_layers: int, stops: int) -> tuple[int, ...]:
    """So many layers, evenly, the last one among them; fewer in a model that has fewer."""
    return tuple(dict.fromkeys(max(1, round(n_layers * (k + 1) / stops)) for k in range(stops)))


def layers_estimate(spec: LayoutSpec, n_tokens: int, n_layers: int) -> float:
    """A first guess in seconds: the layout, the forward passes, and two layouts a layer."""
    alone = LAYOUTS.require(spec.method).seconds(n_tokens)
    passing = OPENING_SECONDS + seconds_of_states(n_tokens, summarise(_rows(spec).model).n_parameters)
    return alone + passing + seconds_of_play(alone, n_layers + 1)


def play_layers(spec: LayoutSpec, layers: tuple[int, ...], lend: Lend, work: Work = NOBODY, *, store: Store | None = None) -> PlayedOn:
    """Everything, from the store or computed; raises `HypvizError`, and `Stopped` wherever it is stopped."""
    layout = lay_out(spec, work.part(LAYING, "the layout"), store=store).record
    if layout.n_rounds_done < layout.n_rounds:
        raise Stopped(STOPPED)
    asked = token_states_spec(_rows(spec).model, layout.token_ids, layers)
    states = token_states_study(lend).get(asked, work.part(PASSING), store=store).record
    question = _question(spec, layout, asked, states)
    return PlayedOn(played=PLAY.get(question, work.part(PLAYING), store=store).record, layout=layout, spec=spec)


def stored_layers(spec: LayoutSpec, layers: tuple[int, ...], lend: Lend, *, store: Store | None = None) -> PlayedOn | None:
    """The same where the store has all of it, without computing anything."""
    layout = LAYOUT.stored(spec, store=store)
    if layout is None:
        return None
    asked = token_states_spec(_rows(spec).model, layout.token_ids, layers)
    states = token_states_study(lend).stored(asked, store=store)
    played = PLAY.stored(_question(spec, layout, asked, states), store=store) if states is not None else None
    return PlayedOn(played=played, layout=layout, spec=spec) if played is not None else None


def _question(spec: LayoutSpec, layout: DiskLayout, asked: TokenStatesSpec, states: TokenStates) -> PlaySpec:
    first = "the embeddings" if layout.table == "input" else "the output table"
    labels = (first, *(f"layer {layer}" for layer in asked.layers))
    return PlaySpec(first=spec.basis, rows=layer_rows(asked, states, layout), labels=labels, radius=spec.radius)


def _rows(spec: LayoutSpec) -> ModelRows:
    if not isinstance(spec.rows, ModelRows):
        raise HypvizError("A bare matrix has no layers to be taken through; give a model.")
    return spec.rows
