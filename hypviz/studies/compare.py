"""One prompt, several columns of weights: stored answers are taken as they are, missing ones are generated and stored.

Each answer is stored by what decides it (base and adapter fingerprints, prompt, decoding, library versions), so changing one
column leaves the others in place; and only after the bench has shown that the base is itself again. Unfinished answers (stopped,
out of time) are handed back but never stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from hypviz.errors import BaseChanged, Stopped
from hypviz.generate import (
    Bench,
    EncodedPrompt,
    Lend,
    answer_prompt,
    answer_together,
    bench,
    column_notice,
    columns_together,
    encode_prompt,
    virtual_tokens,
)
from hypviz.generate.answering import LIBRARIES
from hypviz.models.tokenizer.special_tokens import end_tokens
from hypviz.records.answers import UNFINISHED, ComparedColumn, Comparison, Generation
from hypviz.records.specs.answers import AnswerSpec, AskedColumn, ComparisonSpec
from hypviz.scoring import first_difference, judged, require_rule, rules_of, worked_steps
from hypviz.store import Store
from hypviz.studies.frame import Shelf
from hypviz.work import NOBODY, Work

__all__ = [
    "ANSWERS",
    "COMPARISONS",
    "Deaf",
    "Lend",
    "Listener",
    "compare",
    "first_difference",
    "judged",
    "n_unanswered",
    "require_rule",
    "rules_of",
    "stored_comparison",
    "worked_steps",
]

TIME_LIMIT_S = 300.0
ANSWERS: Shelf[AnswerSpec, Generation] = Shelf(kind="answers", record=Generation, algorithm=9, libraries=lambda spec: LIBRARIES)
COMPARISONS: Shelf[ComparisonSpec, Comparison] = Shelf(  # nothing is kept there beside the answers; it names jobs
    kind="comparisons", record=Comparison, algorithm=ANSWERS.algorithm, libraries=lambda spec: LIBRARIES
)


class Listener(Protocol):
    """Whoever follows the answers of a comparison as they are written."""

    def begin(self, *names: str) -> None:
        """The answers of these columns begin, and those that began before have ended."""

    def add(self, name: str, text: str) -> None:
        """The column has written a token."""


class Deaf:
    """The listener of callers that wait for the end."""

    def begin(self, *names: str) -> None:
        """Nobody listens."""

    def add(self, name: str, text: str) -> None:
        """Nobody listens."""


def stored_comparison(spec: ComparisonSpec, store: Store | None = None) -> Comparison | None:
    """The comparison if every column's answer is in the store, else None; raises what `compare` would raise before loading."""
    prompt = _encode(spec)
    found = [ANSWERS.stored(_answer_spec(spec, asked, prompt), store=store) for asked in spec.columns]
    if any(generation is None for generation in found):
        return None
    return _comparison(spec, [(asked, g, None) for asked, g in zip(spec.columns, found, strict=True) if g is not None])


def n_unanswered(spec: ComparisonSpec, store: Store | None = None) -> int:
    """How many columns have no answer in the store; raises what `compare` would raise before loading."""
    prompt = _encode(spec)
    return sum(ANSWERS.stored(_answer_spec(spec, asked, prompt), store=store) is None for asked in spec.columns)


def compare(
    spec: ComparisonSpec, work: Work = NOBODY, *, lend: Lend, store: Store | None = None, listener: Listener | None = None
) -> Comparison:
    """Answer the prompt with every column, the base first; on a stop, the columns finished or begun so far.

    `lend()` opens the model and holds its lock; it is called only if an answer is missing. Raises `HypvizError`.
    """
    prompt = _encode(spec)
    stored = {asked.name: ANSWERS.stored(_answer_spec(spec, asked, prompt), store=store) for asked in spec.columns}
    missing = [asked for asked in spec.columns if stored[asked.name] is None]
    fresh: Mapping[str, tuple[Generation, str | None]] = {}
    if missing:
        fresh = _answer(spec, missing, prompt, work, lend, store, listener or Deaf())
    ready: list[tuple[AskedColumn, Generation, str | None]] = []
    for asked in spec.columns:
        known = stored[asked.name]
        if known is not None:
            ready.append((asked, known, None))
        elif asked.name in fresh:
            generation, notice = fresh[asked.name]
            ready.append((asked, generation, notice))
    if not ready or ready[0][0] != spec.columns[0]:
        raise Stopped("The comparison was stopped before the base had answered; start it again when there is time.")
    return _comparison(spec, ready)


def _answer(
    spec: ComparisonSpec,
    missing: Sequence[AskedColumn],
    prompt: EncodedPrompt,
    work: Work,
    lend: Lend,
    store: Store | None,
    listener: Listener,
) -> Mapping[str, tuple[Generation, str | None]]:
    """The answers of the missing columns by name, each with the notice of one that could not be kept."""
    written: dict[str, Generation] = {}
    columns, weights = [asked.column for asked in missing], {asked.name: asked.weights for asked in missing}
    try:
        with lend() as (model, tokenizer), bench(spec.model, model, tokenizer, columns, weights=weights) as on_bench:
            for group in _groups(spec, on_bench, missing, prompt):
                if work.is_stopped:
                    break
                listener.begin(*(asked.name for asked in group))
                if len(group) > 1:
                    written |= answer_together(
                        on_bench, group, prompt, spec.decoding, work=work, on_piece=listener.add, time_limit_s=TIME_LIMIT_S
                    )
                    continue
                name = group[0].name
                written[name] = answer_prompt(
                    on_bench, group[0], prompt, spec.decoding, work=work, on_piece=partial(listener.add, name), time_limit_s=TIME_LIMIT_S
                )
    except BaseChanged:
        written.clear()
        raise
    finally:  # the bench is closed, and has shown that the base stayed the base
        fresh = {asked.name: _keep(spec, asked, prompt, written[asked.name], store) for asked in missing if asked.name in written}
    return fresh


def _groups(spec: ComparisonSpec, on_bench: Bench, missing: Sequence[AskedColumn], prompt: EncodedPrompt) -> list[list[AskedColumn]]:
    """The columns that advance together as rows of one batch, then the others one after another; beams advance alone."""
    rows = columns_together(on_bench, [asked.column for asked in missing], [prompt.ids]) if spec.decoding.beams == 1 else ()
    first = [asked for asked in missing if asked.column in rows]
    return [*([first] if first else []), *([asked] for asked in missing if asked not in first)]


def _encode(spec: ComparisonSpec) -> EncodedPrompt:
    return encode_prompt(
        spec.model,
        spec.prompt,
        asking=spec.asking,
        max_new_tokens=spec.decoding.max_new_tokens,
        control_tokens=spec.control_tokens,
        n_virtual=max(virtual_tokens(spec.model, [asked.column for asked in spec.columns]).values(), default=0),
    )


def _answer_spec(spec: ComparisonSpec, asked: AskedColumn, prompt: EncodedPrompt) -> AnswerSpec:
    ends = tuple(end_tokens(spec.model))
    return AnswerSpec(weights=asked.weights, prompt=prompt.text, ids=prompt.ids, ends=ends, decoding=spec.decoding)


def _keep(
    spec: ComparisonSpec, asked: AskedColumn, prompt: EncodedPrompt, generation: Generation, store: Store | None
) -> tuple[Generation, str | None]:
    """Store a finished answer; the notice says if it could not be kept."""
    if generation.ended in UNFINISHED:
        return generation, None
    lookup = ANSWERS.keep(_answer_spec(spec, asked, prompt), generation, store=store)
    return lookup.record, lookup.notice


def _comparison(spec: ComparisonSpec, ready: Sequence[tuple[AskedColumn, Generation, str | None]]) -> Comparison:
    columns = tuple(
        ComparedColumn(name=asked.name, generation=g, notice=notice or column_notice(spec.model, asked.column))
        for asked, g, notice in ready
    )
    return Comparison(question=spec.prompt, asking=spec.asking, control_tokens=spec.control_tokens, columns=columns)
