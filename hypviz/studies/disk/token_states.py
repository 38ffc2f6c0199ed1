"""The states of single tokens after layers of a model, as rows to lay out: what each layer makes of the vocabulary, without context.

In: a `TokenStatesSpec`. Out: a `TokenStates`. A token stands behind the model's begin token, or where it has none behind the end token,
which stands before every text in training: the first position of all gathers a norm that has nothing to do with its token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int64

from hypviz.errors import HypvizError
from hypviz.generate import states_alone
from hypviz.models import summarise
from hypviz.models.live.memory import check_memory
from hypviz.models.tokenizer.tokens import encoder
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef
from hypviz.records.play import TokenStates
from hypviz.records.specs.disk import MatrixRows, RowNumbers
from hypviz.records.specs.play import TokenStatesSpec
from hypviz.studies.frame import Sitting, Study
from hypviz.work import Work

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MOST_TOKENS = 4_000
OPENING = 0.3  # of the progress: the model may have to be read
SECONDS_A_TOKEN = 1e-10  # and parameter: a first guess on a small machine
Lend = Callable[[Work], AbstractContextManager[tuple["PreTrainedModel", "PreTrainedTokenizerBase"]]]


def token_states_spec(model: ModelRef, token_ids: Int64[np.ndarray, " n"], layers: tuple[int, ...]) -> TokenStatesSpec:
    """The question for the tokens of a layout; raises `HypvizError` for too many of them and for layers that the model does not have."""
    if len(token_ids) > MOST_TOKENS:
        raise HypvizError(f"States are computed for {MOST_TOKENS:,} tokens at most, but {len(token_ids):,} are laid out; lay out fewer.")
    n_layers = summarise(model).n_layers
    beyond = [layer for layer in layers if not 0 <= layer <= n_layers]
    if beyond or not layers:
        raise HypvizError(f"{model.label} has the layers 0 to {n_layers}, but {beyond or 'none'} were asked for; choose among them.")
    return TokenStatesSpec(model=model, tokens=RowNumbers(ids=np.sort(token_ids)), layers=layers, before=_before(model))


def token_states_study(lend: Lend) -> Study[TokenStatesSpec, TokenStates]:
    """The study; `lend(work)` opens the model and is called only where something is computed."""
    return Study(
        kind="token_states",
        record=TokenStates,
        algorithm=1,
        measure=lambda spec, sitting: _measure(spec, sitting, lend),
        libraries=lambda spec: ("torch", "transformers"),
    )


def layer_rows(spec: TokenStatesSpec, states: TokenStates, layout: DiskLayout) -> tuple[MatrixRows, ...]:
    """The states of each layer as rows in the order of the layout, whose tokens were asked for."""
    order = np.searchsorted(spec.tokens.ids, layout.token_ids)
    return tuple(
        _rows(spec, layer, np.ascontiguousarray(values[order]), layout) for layer, values in zip(states.layers, states.values, strict=True)
    )


def estimated_seconds(n_tokens: int, n_parameters: int) -> float:
    """A first guess at the forward passes alone."""
    return SECONDS_A_TOKEN * n_tokens * n_parameters


def _rows(spec: TokenStatesSpec, layer: int, values: np.ndarray, layout: DiskLayout) -> MatrixRows:
    said = f"{spec.model.fingerprint} {layer} {spec.before}"
    digest = hashlib.sha256(said.encode() + layout.token_ids.tobytes())
    return MatrixRows(
        values=values,
        counts=None,
        label=f"{spec.model.label}, layer {layer}",
        counts_label=None,
        fingerprint=digest.hexdigest(),
    )


def _before(model: ModelRef) -> tuple[int, ...]:
    reader = encoder(model)
    end = reader.tokenizer.eos_token_id
    return reader.begin or ((end,) if isinstance(end, int) and end < reader.n_rows else ())


def _measure(spec: TokenStatesSpec, sitting: Sitting[TokenStates], lend: Lend) -> TokenStates:
    n_numbers = len(spec.layers) * len(spec.tokens.ids) * summarise(spec.model).hidden_size
    check_memory(8 * n_numbers, f"The states of {len(spec.tokens.ids):,} tokens at {len(spec.layers)} layers")
    with lend(sitting.work.part(OPENING)) as (model, _):
        passing = sitting.work.part(1.0 - OPENING, "each token through the layers")
        values = states_alone(model, spec.tokens.ids.tolist(), before=spec.before, layers=spec.layers, work=passing)
    return TokenStates(values=values, layers=spec.layers, before=spec.before, provenance=sitting.provenance(spec.model))
