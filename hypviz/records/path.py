"""A prompt's path through the layers: which tokens the state of one position stands for, or lies nearest to, after every layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from hypviz.records.base import Provenance, Record

LOGIT, COSINE = "logit", "cosine"
LENSES = (LOGIT, COSINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPath(Record):
    """The token ids of a prompt, as the model reads it, and the state at `position` of them, after each of its layers 0 to n_layers.

    Under the lens "logit" `tokens` (n_states, k) are the most probable next tokens if the model ended there, and `values` their
    probabilities, falling; of these, all laid out tokens together have `laid_out` (n_states,), and `entropy` (n_states,) is that of all
    tokens, in nats. Under "cosine" they are the laid out rows of `table` nearest by centred cosine, and the last two are None.
    `placed` (n_states,) is the first of the laid out tokens, with its `placed_value`: `tokens[:, 0]` where that is laid out.
    """

    ids: Int64[np.ndarray, " n_tokens"]
    position: int
    lens: str
    table: str
    tokens: Int64[np.ndarray, "n_states k"]
    values: Float64[np.ndarray, "n_states k"]
    placed: Int64[np.ndarray, " n_states"]
    placed_value: Float64[np.ndarray, " n_states"]
    laid_out: Float64[np.ndarray, " n_states"] | None
    entropy: Float64[np.ndarray, " n_states"] | None
    provenance: Provenance

    @property
    def n_layers(self) -> int:
        """How many blocks the model has; its states are one more."""
        return len(self.tokens) - 1

    @property
    def settled(self) -> int:
        """The first layer from which on the first token is that of the last layer."""
        other = np.flatnonzero(self.tokens[:, 0] != self.tokens[-1, 0])
        return int(other[-1]) + 1 if other.size else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PathOnDisk(Record):
    """A path on one layout: `rows` (n_states,) of the layout at which it stands after each layer.

    `spread` (n_states,) is the mean hyperbolic distance from there of the shown tokens that are laid out, weighted by their probabilities
    (by cosine each counts the same), `chance` that of two random tokens of the layout. `title` is the finding, `said` what goes with it.
    """

    rows: Int64[np.ndarray, " n_states"]
    spread: Float64[np.ndarray, " n_states"]
    chance: float
    title: str
    said: tuple[str, ...]
