"""One prompt answered by one column, with what distinguishes its weights from the base's measured on the prompt itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hypviz.generate.bench import Bench
from hypviz.generate.columns import BASE
from hypviz.generate.continuing import continue_prompts
from hypviz.generate.pieces import Pieces, split_pieces
from hypviz.generate.prompts import EncodedPrompt, answer_part, is_cut
from hypviz.models import typed_tokens
from hypviz.problems import extract_answer, read_carefully
from hypviz.records import Provenance
from hypviz.records.answers import Column, Decoding, Generation, Weights
from hypviz.records.hyplora import AdapterProbe, PromptProbe

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How the caller follows and ends an answer: text as it comes, a question asked between tokens, and a limit in seconds."""

    on_piece: Callable[[str], None] | None = None
    should_stop: Callable[[], bool] | None = None
    time_limit_s: float | None = None


def answer_prompt(bench: Bench, column: Column, weights: Weights, prompt: EncodedPrompt, decoding: Decoding, watch: Watch) -> Generation:
    """The column's answer; `seconds` counts reading the prompt and writing the answer, not the comparison of logits."""
    difference, probed, by_token = _against_base(bench, column, prompt)
    _warm_up(bench, prompt)
    started = time.monotonic()
    streamed = Pieces(bench.tokenizer, prompt.ids)
    on_piece = watch.on_piece
    with bench.using(column) as model:
        (answer,) = continue_prompts(
            model,
            bench.tokenizer,
            [prompt.ids],
            decoding,
            on_token=None if on_piece is None else lambda token: on_piece(streamed.add(token)),
            should_stop=watch.should_stop,
            deadline=None if watch.time_limit_s is None else started + watch.time_limit_s,
        )
    seconds = time.monotonic() - started
    pieces = split_pieces(bench.tokenizer, prompt.ids, answer.token_ids)
    seed = None if decoding.greedy else decoding.seed
    said = answer_part("".join(pieces))
    return Generation(
        weights=weights,
        prompt=prompt.text,
        n_prompt_tokens=len(prompt.ids),
        token_ids=np.array(answer.token_ids, dtype=np.int64),
        pieces=pieces,
        log_probs=np.array(answer.log_probs, dtype=np.float32),
        ended=answer.ended,
        answer=extract_answer(said),
        careful=read_carefully(said, cut=is_cut("".join(pieces), answer.ended)),
        seconds=seconds,
        decoding=decoding,
        logit_difference=difference,
        probe=probed,
        prompt_probe=by_token,
        provenance=Provenance(model=bench.ref.label, revision=bench.ref.revision, seed=seed, versions=library_versions(), seconds=seconds),
    )


def library_versions() -> dict[str, str]:
    """The libraries whose version can change an answer."""
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "peft")}


def _warm_up(bench: Bench, prompt: EncodedPrompt) -> None:
    """One token that nobody sees: what the first `generate` of a process imports is no part of an answer's time."""
    continue_prompts(bench.model, bench.tokenizer, [prompt.ids[:1]], Decoding(max_new_tokens=1))


def _against_base(bench: Bench, column: Column, prompt: EncodedPrompt) -> tuple[float | None, AdapterProbe | None, PromptProbe | None]:
    """max |logit - base logit| over the prompt and what the adapter did there, by layer and by token; all None for the base."""
    if column.adapter is None or bench.peft_model is None:
        return None, None, None
    from hypviz.hyplora import probe

    base = _prompt_logits(bench, Column(name=BASE), prompt)
    with probe(bench.peft_model) as watching:
        own = _prompt_logits(bench, column, prompt)
    by_token = watching.on_prompt(column.name, typed_tokens(bench.tokenizer, prompt.ids))
    return float((own - base).abs().max()), watching.summary().of(column.name), by_token


def _prompt_logits(bench: Bench, column: Column, prompt: EncodedPrompt) -> Tensor:
    """(prompt tokens, vocabulary)"""
    import torch

    with torch.no_grad(), bench.using(column) as model:
        return model(input_ids=torch.tensor([prompt.ids], device=model.device), use_cache=False).logits[0]
