"""The log-probability of every token of a text that was already written, read off one pass of the model over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def log_probabilities(model: PreTrainedModel, prompt: Sequence[int], tokens: Sequence[int]) -> tuple[float, ...]:
    """Natural logs at temperature 1, one for each of `tokens` after `prompt`; () for none."""
    import torch

    if not tokens:
        return ()
    ids = torch.tensor([[*prompt, *tokens]], device=model.device)
    with torch.no_grad():
        logits = model(input_ids=ids, use_cache=False).logits[0, -len(tokens) - 1 : -1].float()
    rows = torch.log_softmax(logits, dim=-1)
    return tuple(cast("list[float]", rows.gather(1, ids[0, -len(tokens) :, None])[:, 0].tolist()))
