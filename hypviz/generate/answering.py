"""One prompt answered by one column or by several at once, with what distinguishes its weights from the base's, on the prompt itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from hypviz.generate.bench import Bench
from hypviz.generate.columns import BASE
from hypviz.generate.continuing import continue_prompts
from hypviz.generate.next_tokens import next_tokens
from hypviz.generate.pieces import Pieces, before_stop, split_pieces
from hypviz.generate.prompts import EncodedPrompt
from hypviz.generate.scoring import log_probabilities
from hypviz.generate.watching import Continuation
from hypviz.models import typed_tokens
from hypviz.records import Provenance
from hypviz.records.answers import UNFINISHED, Column, Decoding, Generation
from hypviz.records.hyplora import AdapterProbe, PromptProbe
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import AskedColumn
from hypviz.work import NOBODY, Deadline, Work

if TYPE_CHECKING:
    from torch import Tensor


LIBRARIES = ("torch", "transformers", "peft")  # whose version can change an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Against:
    """What distinguishes a column from the base on the prompt: max |logit - base logit|, and what the adapter did, by layer and by token.

    None of it for the base. `seconds` is what it took to measure.
    """

    logits: float | None = None
    probe: AdapterProbe | None = None
    by_token: PromptProbe | None = None
    seconds: float = 0.0


def answer_prompt(
    bench: Bench,
    asked: AskedColumn,
    prompt: EncodedPrompt,
    decoding: Decoding,
    *,
    work: Work = NOBODY,
    on_piece: Callable[[str], None] | None = None,
    time_limit_s: float | None = None,
) -> Generation:
    """The column's answer, told piece by piece; reading the prompt and writing the answer are timed apart from what is measured besides."""
    against = _against_base(bench, asked.column, prompt)
    _warm_up(bench, prompt)
    spent = Deadline(time_limit_s)
    answer = _continued(bench, asked.column, prompt, decoding, work, on_piece, spent)
    return _generation(bench, asked, prompt, decoding, answer, spent.spent, against)


def answer_together(
    bench: Bench,
    asked: Sequence[AskedColumn],
    prompt: EncodedPrompt,
    decoding: Decoding,
    *,
    work: Work = NOBODY,
    on_piece: Callable[[str, str], None],
    time_limit_s: float | None = None,
) -> dict[str, Generation]:
    """The answers of several columns, which are rows of one batch and advance together, by name; `on_piece` is told whose piece it is.

    Their `seconds` are those of the batch, shared out alike; what is measured besides is timed column by column. Of beam search there is
    no such batch here.
    """
    against = [_against_base(bench, one.column, prompt) for one in asked]
    _warm_up(bench, prompt)
    spent, streamed = Deadline(time_limit_s), [Pieces(bench.tokenizer, prompt.ids) for _ in asked]

    def on_row(row: int, token: int) -> None:
        on_piece(asked[row].name, streamed[row].add(token))

    with bench.using_rows([one.column for one in asked]) as (model, keep):
        ids = [prompt.ids] * len(asked)
        found = continue_prompts(model, bench.tokenizer, ids, decoding, work=work, deadline=spent, on_row=on_row, on_rows=keep)
    each = spent.spent / len(asked)
    rows = zip(asked, found, against, strict=True)
    return {one.name: _generation(bench, one, prompt, decoding, answer, each, measured) for one, answer, measured in rows}


def _generation(
    bench: Bench, asked: AskedColumn, prompt: EncodedPrompt, decoding: Decoding, answer: Continuation, seconds: float, against: _Against
) -> Generation:
    besides = Deadline()
    pieces = before_stop(split_pieces(bench.tokenizer, prompt.ids, answer.token_ids), decoding.stop)
    token_ids = answer.token_ids[: len(pieces)]
    log_probs = answer.log_probs[: len(pieces)] if decoding.beams == 1 else _scored(bench, asked.column, prompt, token_ids)
    told = None if answer.ended in UNFINISHED else next_tokens(bench, asked.column, prompt.ids, token_ids)
    return Generation(
        weights=asked.weights,
        prompt=prompt.text,
        n_prompt_tokens=len(prompt.ids),
        token_ids=np.array(token_ids, dtype=np.int64),
        pieces=pieces,
        log_probs=np.array(log_probs, dtype=np.float32),
        ended=answer.ended,
        seconds=seconds,
        measuring=against.seconds + besides.spent,
        decoding=decoding,
        logit_difference=against.logits,
        probe=against.probe,
        prompt_probe=against.by_token,
        provenance=came_from(bench.ref, seconds=seconds, seed=None if decoding.greedy else decoding.seed),
        next_tokens=told,
    )


def _continued(
    bench: Bench,
    column: Column,
    prompt: EncodedPrompt,
    decoding: Decoding,
    work: Work,
    on_piece: Callable[[str], None] | None,
    deadline: Deadline,
) -> Continuation:
    streamed = Pieces(bench.tokenizer, prompt.ids)

    def told(token: int) -> None:
        if on_piece is not None:
            on_piece(streamed.add(token))

    with bench.using(column) as model:
        (answer,) = continue_prompts(model, bench.tokenizer, [prompt.ids], decoding, on_token=told, work=work, deadline=deadline)
    return answer


def _scored(bench: Bench, column: Column, prompt: EncodedPrompt, token_ids: tuple[int, ...]) -> tuple[float, ...]:
    with bench.using(column) as model:
        return log_probabilities(model, prompt.ids, token_ids)


def came_from(ref: ModelRef, *, seconds: float, seed: int | None = None) -> Provenance:
    """The provenance of answers by this model, with the versions of the libraries that can change them."""
    versions = {name: version(name) for name in LIBRARIES}
    return Provenance(model=ref.label, revision=ref.revision, seed=seed, versions=versions, seconds=seconds)


def _warm_up(bench: Bench, prompt: EncodedPrompt) -> None:
    """One token that nobody sees: what the first `generate` of a process imports is no part of an answer's time."""
    continue_prompts(bench.model, bench.tokenizer, [prompt.ids[:1]], Decoding(max_new_tokens=1))


def _against_base(bench: Bench, column: Column, prompt: EncodedPrompt) -> _Against:
    """What an adapter does by layer is known of LoRA and HypLoRA only."""
    if column.adapter is None:
        return _Against()
    took = Deadline()
    base = _prompt_logits(bench, Column(name=BASE), prompt)
    if bench.peft_model is None or not bench.is_probed(column):
        own = _prompt_logits(bench, column, prompt)
        n = min(own.shape[1], base.shape[1])  # a whole model may have rows for more tokens
        return _Against(logits=float((own[:, :n] - base[:, :n]).abs().max()), seconds=took.spent)
    from hypviz.hyplora import probe

    with probe(bench.peft_model) as watching:
        own = _prompt_logits(bench, column, prompt)
    by_token = watching.on_prompt(column.name, typed_tokens(bench.tokenizer, prompt.ids))
    far = float((own - base).abs().max())
    return _Against(logits=far, probe=watching.summary().of(column.name), by_token=by_token, seconds=took.spent)


def _prompt_logits(bench: Bench, column: Column, prompt: EncodedPrompt) -> Tensor:
    """(prompt tokens, vocabulary)"""
    import torch

    with torch.no_grad(), bench.using(column) as model:
        return model(input_ids=torch.tensor([prompt.ids], device=model.device), use_cache=False).logits[0]
