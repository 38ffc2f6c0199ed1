"""Whether a model answers a prompt alike when it is alone and when it is padded on the left to the length of a longer one.

Most architectures hide the padding. Some do not (RWKV reads it as text, XLNet and BART-style decoders count its positions), and then
a batch changes answers. It is measured on the loaded model, not looked up by name, through the same `generate` that answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hypviz.generate.continuing import continue_prompts
from hypviz.records.answers import Decoding

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

STEPS = 3  # the prompt itself, and two tokens through the cache
NOISE = {"float32": 1e-2, "float64": 1e-2}
COARSE_NOISE = 0.25


def padding_changes_answers(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[Sequence[int]]) -> bool:
    """Whether the shortest of `prompts`, padded to the longest, is continued differently than alone.

    Compared are the logits of the first `STEPS` tokens as long as both continuations are the same: they differ if one is off by more
    than `NOISE` times the spread (standard deviation over the vocabulary) of all. Float32 rounding stays below 1e-4 of it, bfloat16
    below 0.1; architectures that read the padding differ by 0.05 at least, most of them by more than 1. False where nothing is padded.
    """
    short, long = min(prompts, key=len), max(prompts, key=len)
    if len(short) == len(long):
        return False
    alone, padded = _logits(model, tokenizer, [short]), _logits(model, tokenizer, [short, long])
    return not goes_on_alike(alone, padded, model.dtype)


def goes_on_alike(one: Sequence[Tensor], other: Sequence[Tensor], dtype: torch.dtype) -> bool:
    """Whether two continuations of one prompt have the same logits (n_rows,) step by step, as long as both read the same text."""
    for mine, theirs in zip(one, other, strict=False):
        if not is_same_within_rounding(mine, theirs, dtype):
            return False
        if int(mine.argmax()) != int(theirs.argmax()):
            return True  # a tie within rounding, after which the two read different texts
    return True


def is_same_within_rounding(one: Tensor, other: Tensor, dtype: torch.dtype) -> bool:
    """Whether two rows of logits (n_rows,) of a model in `dtype` differ by no more than `NOISE` times the spread of the first."""
    most = NOISE.get(str(dtype).removeprefix("torch."), COARSE_NOISE)
    return float((one - other).abs().max()) <= most * float(one.std())


def _logits(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[Sequence[int]]) -> list[Tensor]:
    """The logits (n_rows,) float32 of the first prompt at every step."""
    seen: list[Tensor] = []
    decoding = Decoding(max_new_tokens=STEPS, stop_at_question=False)
    continue_prompts(model, tokenizer, prompts, decoding, on_logits=lambda logits: seen.append(logits[0].float()))
    return seen
