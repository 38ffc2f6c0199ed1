"""What a column and the base would have written at every token of the column's answer, each read off one pass over the whole text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hypviz.generate.bench import Bench
from hypviz.models import typed_tokens
from hypviz.records.answers import BASE, Column
from hypviz.records.next_tokens import N_LIKELIEST, Likeliest, NextTokens

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

_CHUNK = 64  # positions whose logits are held in float32 at once


def next_tokens(bench: Bench, column: Column, prompt: Sequence[int], tokens: Sequence[int]) -> NextTokens | None:
    """The record for the answer `tokens` to `prompt`; None for an answer without tokens."""
    if not tokens:
        return None
    ids = [*prompt, *tokens]
    own, gain = _watched(bench, column, ids, len(tokens))
    base = None
    if column.adapter is not None and max(tokens) < bench.model.config.get_text_config().vocab_size:
        base = _logits(bench, Column(name=BASE), ids, len(tokens))
    return NextTokens(
        own=_likeliest(own, bench.tokenizer),
        base=None if base is None else _likeliest(base, bench.tokenizer),
        kl=None if base is None else divergence(own, base),
        gain=gain,
    )


def divergence(own: Tensor, base: Tensor) -> np.ndarray:
    """KL(own || base) in nats, (n,) float32, from logits (n, rows); over the tokens that both have, should one have more."""
    import torch

    n = min(own.shape[1], base.shape[1])
    found: list[Tensor] = []
    for p, q in zip(_chunks(own[:, :n]), _chunks(base[:, :n]), strict=True):
        log_p, log_q = torch.log_softmax(p.float(), dim=-1), torch.log_softmax(q.float(), dim=-1)
        terms = torch.where(log_p.isneginf(), 0.0, log_p.exp() * (log_p - log_q))
        found.append(terms.sum(dim=-1, dtype=torch.float64).clamp(min=0.0))  # it is never below 0; its rounding can be
    return torch.cat(found).float().cpu().numpy()


def _watched(bench: Bench, column: Column, ids: list[int], n: int) -> tuple[Tensor, np.ndarray | None]:
    """The column's logits before the last n tokens, and the mean gain of its layers where these are read; None where it has no gain."""
    if column.adapter is None or bench.peft_model is None or not bench.is_probed(column):
        return _logits(bench, column, ids, n), None
    from hypviz.hyplora import probe

    with probe(bench.peft_model) as watching:
        logits = _logits(bench, column, ids, n)
    seen, by_token = watching.summary().of(column.name), watching.on_prompt(column.name, ("",) * len(ids))
    if seen is None or by_token is None or not seen.hyperbolic:
        return logits, None
    return logits, by_token.gain[:, -n:].mean(axis=0, dtype=np.float64).astype(np.float32)


def _logits(bench: Bench, column: Column, ids: list[int], n: int) -> Tensor:
    """(n, rows): what the column expects before each of the last n of `ids`."""
    import torch

    with torch.no_grad(), bench.using(column) as model:
        return model(input_ids=torch.tensor([ids], device=model.device), use_cache=False).logits[0, -n - 1 : -1]


def _chunks(logits: Tensor) -> list[Tensor]:
    return [logits[start : start + _CHUNK] for start in range(0, len(logits), _CHUNK)]


def _likeliest(logits: Tensor, tokenizer: PreTrainedTokenizerBase) -> Likeliest:
    import torch

    parts = [torch.log_softmax(some.float(), dim=-1).topk(min(N_LIKELIEST, some.shape[1]), dim=-1) for some in _chunks(logits)]
    ids = torch.cat([part.indices for part in parts]).cpu().numpy()
    texts = _texts(tokenizer, sorted({int(i) for i in ids.flat}))
    return Likeliest(
        ids=ids,
        log_probs=torch.cat([part.values for part in parts]).cpu().numpy(),
        texts=tuple(tuple(texts[int(i)] for i in row) for row in ids),
    )


def _texts(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> dict[int, str]:
    """The tokens as typed."""
    return dict(zip(ids, typed_tokens(tokenizer, ids), strict=True))
