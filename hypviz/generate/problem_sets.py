"""Batched answers to many prompts: every column on the same batch, so that a stop leaves all columns equally far.

Columns that can answer as rows of one batch do (`rows`), the others follow one after another; a column whose answers change when shorter
prompts are padded answers its prompts one by one. Prompts of like length share a batch, and batches of short and of long prompts come in
a mixed order, so that what a stop leaves is not only the short ones. Of several processes each answers every so many-th batch, and hears of
the others' answers after it.

The model is borrowed for some seconds, or one batch where that takes longer: another page that waits for it gets its turn in between.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypviz.errors import HypvizError, Stopped
from hypviz.generate.batches import Batches, Sizes, plan_batches
from hypviz.generate.bench import Bench, Lend, bench
from hypviz.generate.continuing import continue_prompts
from hypviz.generate.pieces import before_stop, split_pieces
from hypviz.generate.prompts import EncodedPrompt
from hypviz.generate.watching import Continuation
from hypviz.generate.whole_models import KeptModels
from hypviz.records.answers import STOPPED, Column, Decoding
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import AskedColumn
from hypviz.sharing import ALONE, Share
from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

BORROWED_S = 4.0  # after which no further batch is begun before the model was given back; adapters are then read again
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

    `before` has what the columns had written earlier, by name, which is not asked again; `on_batch` is told what all have written whenever
    the model is given back. `together` False keeps columns that could be rows of one batch apart; `batch_size` is of prompts, None for what
    fits; `share` is this process's among several that all ask the same, and hear of the same answers.
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
    share: Share = ALONE

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns asked."""
        return tuple(asked.column for asked in self.asked)


@dataclass(slots=True)
class _ToDo:
    """The plan, and its batches that are not answered yet."""

    plan: Batches
    left: tuple[tuple[int, ...], ...]


Answered = dict[str, tuple[dict[int, WrittenText], float]]  # by column: its new answers by place, and the seconds they took


def answer_problems(many: ManyPrompts) -> dict[str, Written]:
    """Answers by column name; after a stop every column holds the same whole batches, possibly none, beside what it had before.

    Adapters are read again whenever the model is borrowed, whole models where memory had no room to keep them; one that is not the one
    asked any more is an `AdapterError`. `work` is told of the answers written, and while a batch is written of a part of them at every
    token, as if each went on to the limit; `title` names the column.
    """
    written = {column.name: many.before.get(column.name, Written()) for column in many.columns}
    total = len(many.prompts) * len(many.columns)
    todo: _ToDo | None = None
    weights = {asked.name: asked.weights for asked in many.asked}
    with contextlib.closing(KeptModels()) as kept:
        while _n_written(written) < total and (todo is None or todo.left):
            with (
                many.lend() as (model, tokenizer),
                bench(many.ref, model, tokenizer, many.columns, weights=weights, kept=kept) as ready,
            ):
                todo = todo or _planned(ready, many, written)
                found, ended = _answer_some(ready, many, todo, written) if todo else ([], True)
            _add(written, found)
            if found:
                many.on_batch(written)
            if isinstance(ended, HypvizError):
                raise ended  # what was written before it is kept
            if ended:
                return written
            time.sleep(_YIELD_S)
    many.work.report(total, total)
    return written


def _n_written(written: Mapping[str, Written]) -> int:
    return sum(len(column.answers) for column in written.values())


def _add(written: Mapping[str, Written], found: Sequence[Answered]) -> None:
    for answered in found:
        for name, (answers, seconds) in answered.items():
            written[name].answers.update(answers)
            written[name].seconds += seconds


def _planned(on_bench: Bench, many: ManyPrompts, written: Mapping[str, Written]) -> _ToDo | None:
    """What is to be done, the same in all processes: that of the one with room for the fewest rows; None after a stop."""
    ids, places = [prompt.ids for prompt in many.prompts], set(range(len(many.prompts)))
    missing = {column: places - set(written[column.name].answers) for column in many.columns}
    sizes = Sizes(decoding=many.decoding, together=many.together, size=many.batch_size, n_processes=many.share.n_here)
    heard = many.work if many.share.n == 1 else NOBODY  # processes of a group stop together, at a batch
    try:
        mine = plan_batches(on_bench, ids, missing, sizes, heard)
    except Stopped:
        return None
    plan = min(many.share.gathered(mine), key=lambda plan: plan.n_rows)
    for name, column in written.items():
        column.one_by_one = name in plan.one_by_one
    return _ToDo(plan=plan, left=plan.places)


def _answer_some(
    on_bench: Bench, many: ManyPrompts, todo: _ToDo, written: Mapping[str, Written]
) -> tuple[list[Answered], bool | HypvizError]:
    """Batches until the model has been borrowed for `BORROWED_S`, one at least of each process, and what ended it: a stop, an error."""
    began, found = time.monotonic(), list[Answered]()
    n_before, share = _n_written(written), many.share
    while todo.left:
        turn, todo.left = todo.left[: share.n], todo.left[share.n :]
        mine = turn[share.rank] if share.rank < len(turn) else ()
        n_done = n_before + sum(len(answers) for answered in found for answers, _ in answered.values())
        try:
            speed = sum(map(len, turn)) / max(1, len(mine))  # of all processes, by this one's
            told = (_answer_batch(on_bench, many, todo.plan, mine, written, (n_done, speed)), time.monotonic() - began)
        except HypvizError as error:
            told = (error, 0.0)  # of a group the others wait for this process: all of them end with its sentence
        turns = share.gathered(told)
        found += [answered for answered, _ in turns if isinstance(answered, dict)]
        for answered, _ in turns:
            if isinstance(answered, HypvizError):
                return found, answered
        if any(answered is None for answered, _ in turns):
            return found, True
        if turns[0][1] > BORROWED_S:
            break
    return found, False


def _answer_batch(
    on_bench: Bench, many: ManyPrompts, plan: Batches, places: Sequence[int], written: Mapping[str, Written], far: tuple[int, float]
) -> Answered | None:
    """Every column's answers to the prompts at these places that it had not answered; None after a stop.

    `far` is how many answers were there before, and how many are written while this process writes one.
    """
    answered: Answered = {}
    done, speed = far
    total, every = len(many.prompts) * len(many.columns), done // len(many.columns)
    for group in plan.groups:
        rows = [(column, place) for column in group for place in places if place not in written[column.name].answers]
        if not rows:
            continue
        said = f"{' and '.join(many.title(column.name) for column in group)}, {every:,} of {len(many.prompts):,} done"
        size = 1 if group[0].name in plan.one_by_one else plan.n_rows

        def told(n: float, done: int = done, said: str = said) -> None:
            many.work.report(done + (speed * n if n else 0), total, said)

        began = time.monotonic()
        found = _answer_rows(on_bench, many, rows, size, told)
        if any(continuation.ended == STOPPED for continuation in found):
            return None
        each = (time.monotonic() - began) / len(rows)
        for (column, place), continuation in zip(rows, found, strict=True):
            texts, seconds = answered.get(column.name, ({}, 0.0))
            texts[place] = _text(on_bench.tokenizer, many.prompts[place], continuation, many.decoding)
            answered[column.name] = (texts, seconds + each)
        done += round(speed * len(rows))
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
