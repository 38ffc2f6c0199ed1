"""Batched answers to many prompts, every column in turn on the same batch, so that a stop leaves all columns equally far.

A column whose answers change when shorter prompts are padded answers its prompts one by one.

The model is borrowed for one batch at a time: another page that waits for it gets its turn in between.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypviz.generate.bench import Bench, Lend, bench
from hypviz.generate.continuing import Continuation, continue_prompts
from hypviz.generate.padding import padding_changes_answers
from hypviz.generate.pieces import split_pieces
from hypviz.generate.prompts import EncodedPrompt
from hypviz.generate.whole_models import KeptModels
from hypviz.records.answers import STOPPED, Column, Decoding
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import AskedColumn
from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

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
    asked: Sequence[AskedColumn],
    prompts: Sequence[EncodedPrompt],
    decoding: Decoding,
    *,
    lend: Lend,
    work: Work = NOBODY,
    title: Callable[[str], str] = str,
    batch_size: int = BATCH,
) -> dict[str, Written]:
    """Answers by column name; after a stop every column holds the same whole batches, possibly none.

    Adapters are read again for every batch, whole models where memory had no room to keep them; one that is not the one asked any more is
    an `AdapterError`. `work` is told of the answers written, and while a batch is written of a part of them at every token, as if each went
    on to the limit; `title` names the column.
    """
    with contextlib.closing(KeptModels()) as kept:
        return _answered(ref, asked, prompts, decoding, kept, lend=lend, work=work, title=title, batch_size=batch_size)


def _answered(
    ref: ModelRef,
    asked: Sequence[AskedColumn],
    prompts: Sequence[EncodedPrompt],
    decoding: Decoding,
    kept: KeptModels,
    *,
    lend: Lend,
    work: Work,
    title: Callable[[str], str],
    batch_size: int,
) -> dict[str, Written]:
    written = {column.name: Written() for column in asked}
    columns, weights = [column.column for column in asked], {column.name: column.weights for column in asked}
    for start in range(0, len(prompts), batch_size):
        some = prompts[start : start + batch_size]
        batch = _Batch(prompts=some, start=start, n_prompts=len(prompts), n_columns=len(columns), title=title)
        with lend() as (model, tokenizer), bench(ref, model, tokenizer, columns, weights=weights, kept=kept) as on_bench:
            if start == 0 and len(prompts) > 1:
                for column in columns:
                    written[column.name].one_by_one = _is_changed_by_padding(on_bench, column, prompts)
            answered = _answer_columns(on_bench, columns, batch, written, decoding, work)
        if answered is None:
            return written
        for name, (found, seconds) in answered.items():
            _append(written[name], tokenizer, batch.prompts, found, seconds)
        time.sleep(_YIELD_S)
    work.report(len(prompts) * len(columns), len(prompts) * len(columns))
    return written


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Some of the prompts, from the one numbered `start`, and what is asked in all."""

    prompts: Sequence[EncodedPrompt]
    start: int
    n_prompts: int
    n_columns: int
    title: Callable[[str], str]

    def teller(self, work: Work, place: int, column: Column) -> Callable[[float], None]:
        """What to call with the number of answers of this batch that the column in this place has written."""
        before, total = self.start * self.n_columns + place * len(self.prompts), self.n_prompts * self.n_columns
        text = f"{self.title(column.name)}, {self.start:,} of {self.n_prompts:,} done"
        return lambda written: work.report(before + written, total, text)


def _is_changed_by_padding(on_bench: Bench, column: Column, prompts: Sequence[EncodedPrompt]) -> bool:
    with on_bench.using(column) as ready:
        return padding_changes_answers(ready, on_bench.tokenizer, [prompt.ids for prompt in prompts])


def _answer_columns(
    on_bench: Bench, columns: Sequence[Column], batch: _Batch, written: Mapping[str, Written], decoding: Decoding, work: Work
) -> dict[str, tuple[tuple[Continuation, ...], float]] | None:
    """Every column's answers to the batch with their seconds, by name; None after a stop."""
    answered: dict[str, tuple[tuple[Continuation, ...], float]] = {}
    for place, column in enumerate(columns):
        told, began = batch.teller(work, place, column), time.monotonic()
        told(0)
        size = 1 if written[column.name].one_by_one else len(batch.prompts)
        found = _answer_batch(on_bench, column, batch.prompts, decoding, work, size, told)
        if any(continuation.ended == STOPPED for continuation in found):
            return None
        answered[column.name] = (found, time.monotonic() - began)
    return answered


def _answer_batch(
    on_bench: Bench,
    column: Column,
    batch: Sequence[EncodedPrompt],
    decoding: Decoding,
    work: Work,
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

            found += continue_prompts(model, on_bench.tokenizer, ids, decoding, work=work, on_logits=on_logits)
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
