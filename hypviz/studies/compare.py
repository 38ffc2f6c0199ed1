"""One prompt, several columns of weights: stored answers are taken as they are, missing ones are generated and stored.

Each answer is stored by what decides it (base and adapter fingerprints, prompt, decoding, library versions), so changing one
column leaves the others in place; and only after the bench has shown that the base is itself again. Unfinished answers (stopped,
out of time) are handed back but never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypviz.errors import BaseChanged, HypvizError, Stopped
from hypviz.generate import (
    EncodedPrompt,
    Watch,
    answer_part,
    answer_prompt,
    bench,
    check_columns,
    column_notice,
    column_weights,
    encode_prompt,
    is_cut,
)
from hypviz.generate.answering import library_versions
from hypviz.models.tokenizer.special_tokens import end_tokens
from hypviz.problems import answer_state, is_right, is_right_carefully
from hypviz.records.answers import (
    UNFINISHED,
    Column,
    ComparedColumn,
    Comparison,
    Decoding,
    FirstDifference,
    Generation,
    Weights,
)
from hypviz.records.models import ModelRef
from hypviz.store import Store

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

KIND = "answers"
ALGORITHM = 6
TIME_LIMIT_S = 300.0
Lend = Callable[[], AbstractContextManager[tuple["PreTrainedModel", "PreTrainedTokenizerBase"]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of every column: the text, whether it is put into the word-problem template, and the decoding.

    `control_tokens` reads names like ``<|im_start|>`` in a text that stands as it is as the tokens of that name.
    """

    text: str
    as_question: bool
    decoding: Decoding
    control_tokens: bool = False

    def __post_init__(self) -> None:
        if self.control_tokens and self.as_question:
            raise HypvizError("Control tokens are read only in a text given as it stands; leave the question form to ask for them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whoever follows a comparison: `on_column(name)` before an answer begins, `on_piece(name, text)` for each token."""

    on_column: Callable[[str], None] | None = None
    on_piece: Callable[[str, str], None] | None = None
    should_stop: Callable[[], bool] | None = None


def stored_comparison(ref: ModelRef, question: Question, columns: Sequence[Column], store: Store) -> Comparison | None:
    """The comparison if every column's answer is in the store, else None; raises what `compare` would raise before loading."""
    checked = check_columns(columns)
    prompt = _encode(ref, question)
    found = [_stored(ref, column_weights(ref, column), prompt, question, store) for column in checked]
    if any(generation is None for generation in found):
        return None
    return _comparison(ref, question, [(column, g, None) for column, g in zip(checked, found, strict=True) if g is not None])


def compare(
    ref: ModelRef, question: Question, columns: Sequence[Column], *, lend: Lend, store: Store, audience: Audience | None = None
) -> Comparison:
    """Answer the question with the base and every adapter; on a stop, the columns finished or begun so far.

    `lend()` opens the model and holds its lock; it is called only if an answer is missing. Raises `HypvizError`.
    """
    checked, audience = check_columns(columns), audience or Audience()
    prompt = _encode(ref, question)
    weights = {column.name: column_weights(ref, column) for column in checked}
    stored = {column.name: _stored(ref, weights[column.name], prompt, question, store) for column in checked}
    missing = [column for column in checked if stored[column.name] is None]
    written: dict[str, Generation] = {}
    try:
        if missing:
            with lend() as (model, tokenizer), bench(ref, model, tokenizer, missing, weights=weights) as on_bench:
                for column in missing:
                    if audience.should_stop is not None and audience.should_stop():
                        break
                    if audience.on_column is not None:
                        audience.on_column(column.name)
                    own = weights[column.name]
                    written[column.name] = answer_prompt(on_bench, column, own, prompt, question.decoding, _watch(column, audience))
    except BaseChanged:
        written.clear()
        raise
    finally:  # the bench is closed, and has shown that the base stayed the base
        fresh = {name: _keep(ref, generation.weights, prompt, question, generation, store) for name, generation in written.items()}
    ready = [(c, stored[c.name], None) if stored[c.name] else (c, *fresh[c.name]) for c in checked if stored[c.name] or c.name in fresh]
    if not ready or ready[0][0] != checked[0]:
        raise Stopped("The comparison was stopped before the base had answered; start it again when there is time.")
    return _comparison(ref, question, ready)


def first_difference(generation: Generation, other: Generation) -> FirstDifference | None:
    """The first position at which the two answers have different tokens, or None if they are the same."""
    ours, theirs = generation.token_ids.tolist(), other.token_ids.tolist()
    if ours == theirs:
        return None
    index = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return FirstDifference(index=index, piece=_piece(generation, index), other=_piece(other, index))


def answer_states(generation: Generation, expected: Fraction) -> tuple[str, str]:
    """What became of the answer (one of STATES) by the paper's rule and by careful reading."""
    said, cut = answer_part(generation.text), is_cut(generation.text, generation.ended)
    paper = answer_state(said, generation.answer, right=is_right(generation.answer, expected), cut=cut)
    return paper, answer_state(said, generation.careful, right=is_right_carefully(generation.careful, expected), cut=cut)


def _piece(generation: Generation, index: int) -> str | None:
    return generation.pieces[index] if index < len(generation.pieces) else None


def _encode(ref: ModelRef, question: Question) -> EncodedPrompt:
    return encode_prompt(
        ref,
        question.text,
        as_question=question.as_question,
        max_new_tokens=question.decoding.max_new_tokens,
        control_tokens=question.control_tokens,
    )


def _spec(ref: ModelRef, weights: Weights, prompt: EncodedPrompt, question: Question) -> dict[str, Any]:
    decoding = question.decoding
    return {
        "algorithm": ALGORITHM,
        "base": weights.base,
        "ends": list(end_tokens(ref)),
        "adapter": weights.adapter,
        "prompt": prompt.text,
        "ids": list(prompt.ids),
        "max_new_tokens": decoding.max_new_tokens,
        "temperature": decoding.temperature,
        "seed": None if decoding.greedy else decoding.seed,
        "stop_at_question": decoding.stop_at_question,
        "versions": library_versions(),
    }


def _stored(ref: ModelRef, weights: Weights, prompt: EncodedPrompt, question: Question, store: Store) -> Generation | None:
    return store.get(KIND, _spec(ref, weights, prompt, question), Generation)


def _keep(
    ref: ModelRef, weights: Weights, prompt: EncodedPrompt, question: Question, generation: Generation, store: Store
) -> tuple[Generation, str | None]:
    """Store a finished answer; the notice says if it could not be kept."""
    if generation.ended in UNFINISHED:
        return generation, None
    lookup = store.load_or_compute(KIND, _spec(ref, weights, prompt, question), Generation, lambda: generation)
    return lookup.record, lookup.notice


def _watch(column: Column, audience: Audience) -> Watch:
    on_piece = audience.on_piece
    return Watch(
        on_piece=None if on_piece is None else lambda text: on_piece(column.name, text),
        should_stop=audience.should_stop,
        time_limit_s=TIME_LIMIT_S,
    )


def _comparison(ref: ModelRef, question: Question, ready: Sequence[tuple[Column, Generation, str | None]]) -> Comparison:
    columns = tuple(ComparedColumn(name=c.name, generation=g, notice=notice or column_notice(ref, c)) for c, g, notice in ready)
    return Comparison(question=question.text, as_question=question.as_question, control_tokens=question.control_tokens, columns=columns)
