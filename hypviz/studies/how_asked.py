"""How the questions of a page or command are put: as the adapters learned it, else as the model would have it, unless a person says so.

In: a model, adapter folders and choices. Out: the `Asking` of a spec, with its examples drawn, the reason for what is usual, and the
tokens that a model reads. Loads no model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from hypviz.generate import column_asking
from hypviz.models.tokenizer.asked import encode_written, require_template, usual_template, write_prompts
from hypviz.models.tokenizer.tokens import encoder, typed_tokens
from hypviz.records.answers import Column
from hypviz.records.asking import Asking, Shot
from hypviz.records.limits import MOST_TOKENS
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem
from hypviz.records.texts import ProblemSet
from hypviz.studies.finetune.lessons import learned_from
from hypviz.studies.problem_sets import PROBLEM_SET_NAMES
from hypviz.templates.shots import draw_shots
from hypviz.words.asking import ADAPTERS_LEARNED_SO, MODEL_HAS_CHAT, MODEL_HAS_NONE, otherwise

__all__ = ["LEARNED", "MASKED", "ReadToken", "Usual", "asked_as", "example_tokens", "learned_otherwise", "prompt_tokens", "usual_asking"]

MASKED, LEARNED, READ = "masked", "learned", "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How the model and the adapters chosen are asked unless someone says otherwise, and a sentence that says why."""

    asking: Asking
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadToken:
    """A token of what a model reads: its text, special ones by their names; `part` is `READ`, or in training `MASKED` or `LEARNED`."""

    text: str
    is_special: bool
    part: str = READ


def usual_asking(ref: ModelRef, folders: Sequence[str]) -> Usual:
    """As all the adapters of which it is known learned it; where they differ or nothing is known, as the model is usually asked."""
    known = {asking for folder in folders if (asking := column_asking(ref, Column(name="?", adapter=folder))) is not None}
    if len(known) == 1:
        (asking,) = known
        return Usual(asking=asking, reason=ADAPTERS_LEARNED_SO)
    template = usual_template(ref)
    return Usual(asking=Asking(template=template), reason=MODEL_HAS_CHAT if template != Asking().template else MODEL_HAS_NONE)


def asked_as(
    ref: ModelRef,
    usual: Asking,
    *,
    template: str | None = None,
    system: str | None = None,
    shots: int | None = None,
    seed: int = 0,
    source: ProblemSet | str | None = None,
    asked: Sequence[str] = (),
) -> Asking:
    """`usual` with what was chosen (None: nothing was), checked for this model.

    Examples are drawn from `source` (a file, or a named set, whose training split it is; None: the bundled one), never one of the
    questions `asked`. What belonged to the usual template alone does not come along to another one.
    """
    found = usual if template in (None, usual.template) else Asking(template=template)
    if system is not None:
        found = dataclasses.replace(found, system=system.strip())
    if shots is not None:
        found = dataclasses.replace(found, shots=_drawn(source, shots, seed, asked) if shots else ())
    require_template(ref, found)
    return found


def _drawn(source: ProblemSet | str | None, k: int, seed: int, asked: Sequence[str]) -> tuple[Shot, ...]:
    pool = source if isinstance(source, ProblemSet) else learned_from(source or PROBLEM_SET_NAMES[0])
    return draw_shots(pool.problems, k, seed=seed, asked=asked, name=pool.name)


def learned_otherwise(ref: ModelRef, columns: Sequence[Column], titles: dict[str, str], asking: Asking) -> str | None:
    """The sentence for adapters that learned to be asked in another way than this; None where there are none."""
    strangers: dict[str, Asking] = {}
    for column in columns:
        taught = column_asking(ref, column)
        if taught is not None and taught != asking:
            strangers[titles.get(column.name, column.name)] = taught
    return otherwise(strangers, asking)


def prompt_tokens(ref: ModelRef, asking: Asking, question: str, *, control_tokens: bool = False) -> tuple[ReadToken, ...]:
    """What the model reads for this question, token by token; `HypvizError` for a text that it cannot read."""
    written = write_prompts(ref, asking, [question], control_tokens=control_tokens)
    return _shown(ref, encode_written(ref, written)[0], READ)


def example_tokens(ref: ModelRef, asking: Asking, problem: Problem) -> tuple[ReadToken, ...]:
    """What a fine-tune reads of a problem: the prompt, which is masked, then the answer and what ends it, which are learned."""
    from hypviz.worker.data import encode_examples

    (example,) = encode_examples(ref, [problem], max_tokens=MOST_TOKENS, asking=asking).items
    return _shown(ref, example.ids[: example.n_prompt], MASKED) + _shown(ref, example.ids[example.n_prompt :], LEARNED)


def _shown(ref: ModelRef, ids: Sequence[int], part: str) -> tuple[ReadToken, ...]:
    tokenizer = encoder(ref).tokenizer
    special = set(tokenizer.all_special_ids)
    special |= {int(i) for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    return tuple(
        ReadToken(text=text, is_special=i in special, part=part) for i, text in zip(ids, typed_tokens(tokenizer, ids), strict=True)
    )
