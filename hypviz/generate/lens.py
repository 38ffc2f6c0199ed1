"""The logit lens: what a model would say next if it ended after each of its layers, at the last position of a prompt.

In: a model that is ready to run and token ids. Out: the states and the logits of every layer. The states of inner layers are put in the
place of the last block's output, so that the model's own end (final normalisation, output layer, whatever scales its logits) reads them;
that the last layer so read gives the model's own answer is checked on the loaded model. The reading of inner layers by the last layer's
means is due to nostalgebraist, interpreting GPT: the logit lens, LessWrong 2020; the inner layers were not trained to be read so.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32

from hypviz.errors import HypvizError
from hypviz.models.live.summary import blocks_of, passed_over

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

SAME_ANSWER = 1e-3  # the most that a probability may differ between the two ways to read the last layer
INSTEAD = "take the nearest rows instead of the logit lens"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReading:
    """One position at every layer: layer 0 is what enters the first block, layer l what leaves block l, before any final normalisation.

    `logits` (n_layers + 1, n_rows) is None where only the states were asked for.
    """

    states: Float32[np.ndarray, "n_states d"]
    logits: Float32[np.ndarray, "n_states n_rows"] | None


def read_layers(model: PreTrainedModel, ids: Sequence[int], *, label: str, with_logits: bool) -> LayerReading:
    """The last position of `ids` after every layer of the model called `label`.

    Raises `HypvizError` for a model whose end cannot be put on its inner layers, and for logits that are not numbers.
    """
    import torch

    last = _last_block(model, label, with_logits=with_logits)
    given = torch.tensor([list(ids)], device=model.device)
    with torch.no_grad():
        with _leaving(last) as left:
            out = model(input_ids=given, attention_mask=torch.ones_like(given), output_hidden_states=True, use_cache=False)
        states = torch.stack([*(state[0, -1] for state in out.hidden_states[:-1]), left[0][0, -1]])
        logits = _read_out(model, last, given[:, -1:], states, label) if with_logits else None
    if logits is not None:
        _require_own_answer(logits[-1], out.logits[0, -1].float(), label)
    as_numpy = None if logits is None else logits.cpu().numpy()
    return LayerReading(states=states.float().cpu().numpy(), logits=as_numpy)


def _read_out(model: PreTrainedModel, last: torch.nn.Module, token: torch.Tensor, states: torch.Tensor, label: str) -> torch.Tensor:
    """The logits (n_states, n_rows) float32 that the model gives where its last block hands out `states` (n_states, d)."""
    import torch

    some = token.expand(len(states), 1)
    try:
        with _handing_out(last, states[:, None]):
            return model(input_ids=some, attention_mask=torch.ones_like(some), use_cache=False).logits[:, -1].float()
    except RuntimeError as error:  # an architecture whose blocks hand out more than one state a position
        raise HypvizError(f"The output layer of {label} cannot be put on its inner layers ({error}); {INSTEAD}.") from error


def _require_own_answer(read: torch.Tensor, own: torch.Tensor, label: str) -> None:
    """Refuse a reading of the last layer that is not the model's own answer."""
    if not bool(own.isfinite().all()):
        raise HypvizError(f"The logits of {label} are not numbers (NaN); its weights are damaged or overflow, choose another model.")
    off = float((read.softmax(-1) - own.softmax(-1)).abs().max())
    if not off <= SAME_ANSWER:
        raise HypvizError(
            f"Read through its own output layer, the last layer of {label} gives another answer than the model itself (a probability is "
            f"off by {off:.2g}), so that its inner layers cannot be read in this way; {INSTEAD}."
        )


def _last_block(model: PreTrainedModel, label: str, *, with_logits: bool) -> torch.nn.Module:
    import torch

    if with_logits and model.get_output_embeddings() is None:
        raise HypvizError(f"{label} has no output layer that gives tokens probabilities; {INSTEAD}.")
    blocks = blocks_of(model)
    if not isinstance(blocks, torch.nn.ModuleList):
        raise HypvizError(f"{label} has no list of blocks, so that its layers cannot be told apart; choose another model.")
    skipped = passed_over(model.config.get_text_config())
    return next(block for i, block in reversed(list(enumerate(blocks))) if i not in skipped)


@contextmanager
def _leaving(block: torch.nn.Module) -> Generator[list[torch.Tensor]]:
    """While open, what leaves the block, call by call."""
    left: list[Any] = []
    handle = block.register_forward_hook(lambda _module, _given, out: left.append(out[0] if isinstance(out, tuple) else out))
    try:
        yield left
    finally:
        handle.remove()


@contextmanager
def _handing_out(block: torch.nn.Module, states: torch.Tensor) -> Generator[None]:
    """While open, the block hands out `states` whatever enters it."""

    def instead(_module: torch.nn.Module, _given: Any, out: Any) -> Any:
        return (states, *out[1:]) if isinstance(out, tuple) else states

    handle = block.register_forward_hook(instead)
    try:
        yield
    finally:
        handle.remove()
