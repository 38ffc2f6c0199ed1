"""Batched answers to many prompts, every column in turn on the same batch, so that a stop leaves all columns equally far.

A column whose answers change when shorter prompts are padded answers its prompts one by one.

The model is borrowed for one batch at a time: another page that waits for it gets its turn in between.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypviz.generate import Bench, Continuation, EncodedPrompt, bench, continue_prompts
from hypviz.generate.padding import padding_changes_answers
from hypviz.generate.pieces import split_pieces
from hypviz.records.answers import STOPPED, Column, Decoding, Weights
from hypviz.records.models import ModelRef
from hypviz.words.verdict import title

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BATCH = 32
_YIELD_S = 0.02  # a lock released and taken again at once would starve whoever waits for it


@dataclass(slots=True)
class Written:
    """What one column has written so far: texts and how they ended, one per prompt, and the seconds it took.

    `one_by_one` says that no batch was made because padding changes its answers.
    """

    texts: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    n_tokens: list[int] = field(default_factory=list)
    seconds: float = 0.0
    one_by_one: bool = False


def answer_problems(
    ref: ModelRef,
    columns: Sequence[Column],
    prompts: Sequence[EncodedPrompt],
    decoding: Decoding,
    *,
    lend: Callable[[], AbstractContextManager[tuple[PreTrainedModel, PreTrainedTokenizerBase]]],
    weights: Mapping[str, Weights] | None = None,
    batch_size: int = BATCH,
    progress: Callable[[float, int, str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[str, Written]:
    """Answers by column name; after a stop every column holds the same whole batches, possibly none.

    Adapters are read again for every batch; one that is not that of `weights` any more is an `AdapterError`. `progress` counts answers;
    while a batch is written it is told of a part of them at every token, as if each went on to the limit.
    """
    written = {column.name: Written() for column in columns}
    for start in range(0, len(prompts), batch_size):
        batch = prompts[start : start + batch_size]
        with lend() as (model, tokenizer), bench(ref, model, tokenizer, columns, weights=weights) as on_bench:
            answered = []
            if start == 0 and len(prompts) > 1:
                for column in columns:
                    with on_bench.using(column) as ready:
                        ids = [prompt.ids for prompt in prompts]
                        written[column.name].one_by_one = padding_changes_answers(ready, tokenizer, ids)
            for i, column in enumerate(columns):
                told = _told(progress, start * len(columns) + i * len(batch), len(columns), column, start, len(prompts))
                told(0)
                began = time.monotonic()
                size = 1 if written[column.name].one_by_one else len(batch)
                found = _answer_batch(on_bench, column, batch, decoding, should_stop, size, told)
                if any(continuation.ended == STOPPED for continuation in found):
                    return written
                answered.append((column, found, time.monotonic() - began))
        for column, found, seconds in answered:
            _append(written[column.name], tokenizer, batch, found, seconds)
        time.sleep(_YIELD_S)
    if progress is not None:
        progress(len(prompts) * len(columns), len(prompts) * len(columns), "")
    return written


def _told(
    progress: Callable[[float, int, str], None] | None, before: int, n_columns: int, column: Column, start: int, n_prompts: int
) -> Callable[[float], None]:
    """What to call with the number of answers that this column has written of the batch that begins at `start`."""

    def tell(written: float) -> None:
        if progress is not None:
            progress(before + written, n_prompts * n_columns, f"{title(column.name)}, {start:,} of {n_prompts:,} done")

    return tell


def _answer_batch(
    on_bench: Bench,
    column: Column,
    batch: Sequence[EncodedPrompt],
    decoding: Decoding,
    should_stop: Callable[[], bool] | None,
    size: int,
    told: Callable[[float], None],
) -> tuple[Continuation, ...]:
    """The answers to `batch`, `size` prompts at a time; after a stop the last of them says so."""
    found: list[Continuation] = []
    with on_bench.using(column) as model:
        for first in range(0, len(batch), size):
            ids = [prompt.ids for prompt in batch[first : first + size]]
            share, n_tokens = len(ids) / decoding.max_new_tokens, itertools.count()

            def on_logits(_: Tensor, first: int = first, share: float = share, n_tokens: Iterator[int] = n_tokens) -> None:
                if n := next(n_tokens):
                    told(first + share * n)

            found += continue_prompts(model, on_bench.tokenizer, ids, decoding, should_stop=should_stop, on_logits=on_logits)
            if any(continuation.ended == STOPPED for continuation in found):
                break
    return tuple(found)


def _append(
    column: Written,
    tokenizer: PreTrainedTokenizerBase,
    batch: Sequence[EncodedPrompt],
    found: Sequence[Continuation],
    seconds: float,
) -> None:
    for prompt, continuation in zip(batch, found, strict=True):
        column.texts.append("".join(split_pieces(tokenizer, prompt.ids, continuation.token_ids)))
        column.ended.append(continuation.ended)
        column.n_tokens.append(len(continuation.token_ids))
    column.seconds += seconds
