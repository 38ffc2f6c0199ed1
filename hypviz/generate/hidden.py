"""Hidden states at every layer, of a prompt in context or of tokens alone: forward passes without gradients.

In: a model that is ready to run (its adapter in place) and token ids. Out: an array of float32. Layer 0 is what enters the first
block, layer l what leaves block l; the last is given as transformers gives it, for most architectures after the final
normalisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hypviz.errors import HypvizError
from hypviz.models.live.summary import padding_positions
from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BATCH = 64  # tokens at once


def hidden_states(model: PreTrainedModel, ids: Sequence[int]) -> np.ndarray:
    """(n_layers + 1, n_tokens, hidden_size) float32 of one prompt; of an encoder-decoder those of its encoder.

    Raises `HypvizError` for a model that does not hand out one state a token after every layer.
    """
    import torch

    whole: Any = model
    is_two_sided = bool(whole.config.is_encoder_decoder)
    reader: Any = whole.get_encoder() if is_two_sided else whole
    writes = {"use_cache": False} if whole.can_generate() and not is_two_sided else {}
    with torch.no_grad():
        given = torch.tensor([list(ids)], device=model.device)
        out: Any = reader(input_ids=given, attention_mask=torch.ones_like(given), output_hidden_states=True, **writes)
    found: list[np.ndarray] = [state[0].float().cpu().numpy() for state in out.hidden_states or ()]
    if not found or {state.shape for state in found} != {(len(ids), found[0].shape[1])}:
        raise HypvizError(
            f"{type(model).__name__} does not give one state a token after each of its layers, so they cannot be measured; choose another "
            "model."
        )
    return np.stack(found)


def states_alone(
    model: PreTrainedModel, ids: Sequence[int], *, before: Sequence[int], layers: Sequence[int], work: Work = NOBODY
) -> np.ndarray:
    """(n_layers asked, n_tokens, hidden_size) float32: each token by itself, behind the ids `before` only; raises `Stopped`."""
    import torch

    found: list[np.ndarray] = []
    with torch.no_grad():
        for start in range(0, len(ids), BATCH):
            work.check()
            some = torch.tensor([[*before, one] for one in ids[start : start + BATCH]], device=model.device)
            out = model.base_model(input_ids=some, attention_mask=torch.ones_like(some), output_hidden_states=True, use_cache=False)
            found.append(np.stack([out.hidden_states[layer][:, -1].float().cpu().numpy() for layer in layers]))
            work.report(min(start + BATCH, len(ids)), len(ids))
    return np.concatenate(found, axis=1)


def longest_prompt(model: PreTrainedModel) -> int | None:
    """The positions the model knows, None where it does not say; some of RoBERTa's table are for padding alone."""
    limit = getattr(model.config, "max_position_embeddings", None)
    return int(limit) - padding_positions(model) if limit else None
