"""Batched answers to many prompts: every column on the same batch, so that a stop leaves all columns equally far.

Columns that can answer as rows of one batch do (`rows`), the others follow one after another; a column whose answers change when shorter
prompts are padded answers its prompts one by one. Prompts of like length share a batch, and batches of short and of long prompts come in
a mixed order, so that what a stop leaves is not only the short ones.

The model is borrowed for one batch at a time: another page that waits for it gets its turn in between.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypviz.generate.bench import Bench, Lend, bench
from hypviz.generate.continuing import continue_prompts
from hypviz.generate.padding import padding_changes_answers
from hypviz.generate.pieces import before_stop, split_pieces
from hypviz.generate.prompts import EncodedPrompt
from hypviz.generate.rows import columns_together, rows_that_fit
from hypviz.generate.watching import Continuation
from hypviz.generate.whole_models import KeptModels
from hypviz.records.answers import STOPPED, Column, Decoding
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import AskedColumn
from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

_YIELD_S = 0.02  # a lock released and taken again at once would starve whoever waits for it
Row = tuple[Column, int]  # a column, and the place of a prompt among those asked


@dataclass(frozen=True, slots=True)
class WrittenText:
    """One answer: its text up to a stop string, how it ended, and of how many tokens."""

    text: str
    ended: str
    n_tokens: int


@dataclass(slots=True)
class Written:
    """What one column has written so far, by the place of the prompt, and the seconds it took; those of a batch of several columns are
    shared out by rows.

    `one_by_one` says that no batch was made because padding changes its answers.
    """

    answers: dict[int, WrittenText] = field(default_factory=dict)
    seconds: float = 0.0
    one_by_one: bool = False

    @property
    def texts(self) -> list[str]:
        """In the order of the prompts."""
        return [answer.text for _, answer in sorted(self.answers.items())]

    @property
    def n_tokens(self) -> list[int]:
        """In the order of the prompts."""
        return [answer.n_tokens for _, answer in sorted(self.answers.items())]


@dataclass(frozen=True, slots=True)
class ManyPrompts:
    """What is asked, and who hears of it.

    `before` has what the columns had written earlier, by name, which is not asked again; `on_batch` is told what all have written after
    every batch. `together` False keeps columns that could be rows of one batch apart; `batch_size` is of prompts, None for what fits.
    """

    ref: ModelRef
    asked: Sequence[AskedColumn]
    prompts: Sequence[EncodedPrompt]
    decoding: Decoding
    lend: Lend
    work: Work = NOBODY
    title: Callable[[str], str] = str
    before: Mapping[str, Written] = field(default_factory=dict[str, Written])
    on_batch: Callable[[Mapping[str, Written]], None] = lambda written: None
    together: bool = True
    batch_size: int | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns asked."""
        return tuple(asked.column for asked in self.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Columns that answer as rows of one batch, the others each alone, and the batches, of places."""

    groups: tuple[tuple[Column, ...], ...]
    batches: tuple[tuple[int, ...], ...]
    n_rows: int


def answer_problems(many: ManyPrompts) -> dict[str, Written]:
    """Answers by column name; after a stop every column holds the same whole batches, possibly none, beside what it had before.

    Adapters are read again for every batch, whole models where memory had no room to keep them; one that is not the one asked any more is
    an `AdapterError`. `work` is told of the answers written, and while a batch is written of a part of them at every token, as if each went
    on to the limit; `title` names the column.
    """
    written = {column.name: many.before.get(column.name, Written()) for column in many.columns}
    total = len(many.prompts) * len(many.columns)
    plan: _Plan | None = None
    weights = {asked.name: asked.weights for asked in many.asked}
    with contextlib.closing(KeptModels()) as kept:
        for k in itertools.count():
            if (plan is not None and k == len(plan.batches)) or _n_written(written) == total:
                break
            with (
                many.lend() as (model, tokenizer),
                bench(many.ref, model, tokenizer, many.columns, weights=weights, kept=kept) as ready,
            ):
                plan = plan or _planned(ready, many, written)
                answered = _answer_batch(ready, many, plan, plan.batches[k], written)
            if answered is None:
                return written
            for name, (answers, seconds) in answered.items():
                written[name].answers.update(answers)
                written[name].seconds += seconds
            many.on_batch(written)
            time.sleep(_YIELD_S)
    many.work.report(total, total)
    return written


def _n_written(written: Mapping[str, Written]) -> int:
    return sum(len(column.answers) for column in written.values())


def _planned(on_bench: Bench, many: ManyPrompts, written: Mapping[str, Written]) -> _Plan:
    ids = [prompt.ids for prompt in many.prompts]
    for column in many.columns if len(ids) > 1 else ():
        with on_bench.using(column) as ready:
            written[column.name].one_by_one = padding_changes_answers(ready, on_bench.tokenizer, ids)
    usual = tuple(column for column in many.columns if not written[column.name].one_by_one)
    rows = columns_together(on_bench, usual, min(ids, key=len)) if many.together else ()
    groups = (*((rows,) if rows else ()), *((column,) for column in many.columns if column not in rows))
    n_rows = rows_that_fit(on_bench.model, max(map(len, ids)), many.decoding)
    size = many.batch_size or max(1, n_rows // max(map(len, groups)))
    missing = [place for place in range(len(ids)) if any(place not in column.answers for column in written.values())]
    by_length = sorted(missing, key=lambda place: (len(ids[place]), place))
    n, k = len(by_length), -(-len(by_length) // size)
    batches = [tuple(by_length[n * i // k : n * (i + 1) // k]) for i in range(k)]  # as equal as can be
    random.Random(0).shuffle(batches)
    return _Plan(groups=groups, batches=tuple(batches), n_rows=n_rows)


def _answer_batch(
    on_bench: Bench, many: ManyPrompts, plan: _Plan, places: Sequence[int], written: Mapping[str, Written]
) -> dict[str, tuple[dict[int, WrittenText], float]] | None:
    """Every column's answers to the prompts at these places that it had not answered, with its seconds, by name; None after a stop."""
    answered: dict[str, tuple[dict[int, WrittenText], float]] = {}
    done, total = _n_written(written), len(many.prompts) * len(many.columns)
    least = min(len(column.answers) for column in written.values())
    for group in plan.groups:
        rows = [(column, place) for column in group for place in places if place not in written[column.name].answers]
        if not rows:
            continue
        said = f"{' and '.join(many.title(column.name) for column in group)}, {least:,} of {len(many.prompts):,} done"
        size = 1 if written[group[0].name].one_by_one else plan.n_rows

        def told(n: float, done: int = done, said: str = said) -> None:
            many.work.report(done + n, total, said)

        began = time.monotonic()
        found = _answer_rows(on_bench, many, rows, size, told)
        if any(continuation.ended == STOPPED for continuation in found):
            return None
        each = (time.monotonic() - began) / len(rows)
        for (column, place), continuation in zip(rows, found, strict=True):
            texts, seconds = answered.get(column.name, ({}, 0.0))
            texts[place] = _text(on_bench.tokenizer, many.prompts[place], continuation, many.decoding)
            answered[column.name] = (texts, seconds + each)
        done += len(rows)
    return answered


def _answer_rows(
    on_bench: Bench, many: ManyPrompts, rows: Sequence[Row], size: int, told: Callable[[float], None]
) -> tuple[Continuation, ...]:
    """The answers to `rows`, `size` of them at a time; after a stop the last of them says so."""
    found: list[Continuation] = []
    told(0)
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        ids = [many.prompts[place].ids for _, place in some]
        share, n_tokens = len(some) / many.decoding.max_new_tokens, itertools.count()

        def on_logits(_: Tensor, first: int = first, share: float = share, n_tokens: Iterator[int] = n_tokens) -> None:
            if n := next(n_tokens):
                told(first + share * n)

        with on_bench.using_rows([column for column, _ in some]) as (model, keep):
            shrinking = None if some[0][0].name in on_bench.alone else keep  # virtual tokens are read before whole texts only
            found += continue_prompts(model, on_bench.tokenizer, ids, many.decoding, work=many.work, on_logits=on_logits, on_rows=shrinking)
        if any(continuation.ended == STOPPED for continuation in found):
            break
    return tuple(found)


def _text(tokenizer: PreTrainedTokenizerBase, prompt: EncodedPrompt, found: Continuation, decoding: Decoding) -> WrittenText:
    pieces = split_pieces(tokenizer, prompt.ids, found.token_ids)
    return WrittenText(text="".join(before_stop(pieces, decoding.stop)), ended=found.ended, n_tokens=len(found.token_ids))
