"""``python -m hypviz generate MODEL``: one prompt, answered by the base model and by every adapter given."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.asking_options import AskedAs, asking_of, asking_options
from hypviz.cli.common import emit, json_option, model_argument, note, note_model, refuse, trust_option
from hypviz.cli.decoding import decoding_options, how
from hypviz.cli.numbers import Number
from hypviz.errors import BaseChanged
from hypviz.records.limits import ANSWER_TOKENS

if TYPE_CHECKING:
    from hypviz.records.answers import Column, ComparedColumn, Comparison, Generation
    from hypviz.records.asking import Asking
    from hypviz.records.models import ModelRef
    from hypviz.records.texts import ProblemSet
    from hypviz.studies.compare import Lend


@click.command(
    help="Answer one prompt with MODEL and with every adapter, under the same decoding.\n\n"
    "The prompt is put as the adapters learned it, else into the model's chat template, else as a question; --template says otherwise. "
    "The base is always the first column. Answers are kept in the store, so asking again is instant."
)
@model_argument
@click.option("--prompt", required=True, help="The question, or with --template none the text to continue.")
@click.option("--adapter", "adapters", metavar="NAME=DIR", multiple=True, help="A column's name and its adapter or fine-tuned model.")
@click.option(
    "--max-new-tokens", type=Number(ANSWER_TOKENS), help="The longest answer. [default: from the longest answer learned, else 256]"
)
@decoding_options
@asking_options
@click.option("--raw", is_flag=True, help="The same as --template none.")
@click.option(
    "--control-tokens",
    is_flag=True,
    help="With --template none: read names like <s> or <|im_start|> in the prompt as those tokens, not as text.",
)
@trust_option
@json_option
def command(
    model: str,
    prompt: str,
    adapters: tuple[str, ...],
    max_new_tokens: int | None,
    decoding: str | None,
    temperature: float | None,
    seed: int,
    stop: tuple[str, ...],
    raw: bool,
    control_tokens: bool,
    trust_remote_code: bool,
    as_json: bool,
    **typed: Any,
) -> None:
    """Compare the columns and print them, the base first."""
    from hypviz.records.specs.answers import ComparisonSpec
    from hypviz.studies.asking import asked_columns, given_columns
    from hypviz.studies.compare import compare
    from hypviz.studies.models import resolve

    chosen = how(decoding, temperature, seed, stop)
    columns = given_columns(adapters)
    ref = resolve(model, trust_remote_code=trust_remote_code)
    asking = asking_of(ref, _raw(typed) if raw else AskedAs(**typed), columns, asked=[prompt])
    tokens, reason = longest_answer(ref, columns, max_new_tokens, None, asking)
    asked = asked_columns(ref, columns)
    spec = ComparisonSpec(
        model=ref, columns=asked, prompt=prompt, asking=asking, control_tokens=control_tokens, tokens=tokens, **chosen.fields
    )
    comparison = compare(spec, lend=lender(ref))
    said = note_model(ref, template=asking.template)
    note(reason)
    for column in comparison.columns:
        note(column.notice)
    words = "\n\n".join(_paragraph(comparison, column) for column in comparison.columns)
    emit(as_json, _payload(ref, comparison) | {"notices": said}, words)


def _raw(typed: dict[str, Any]) -> AskedAs:
    """The choices of --raw, which no --template may contradict."""
    from hypviz.records.asking import NONE

    if typed["template"] not in (None, NONE):
        refuse("--raw", f"beside --template {typed['template']}", "give one of the two")
    return dataclasses.replace(AskedAs(**typed), template=NONE)


def longest_answer(
    ref: ModelRef, columns: Sequence[Column], asked: int | None, problems: ProblemSet | None, asking: Asking
) -> tuple[int, str | None]:
    """The limit asked for, else the one that the adapters and the problems call for, with its reason."""
    from hypviz.studies.answer_length import answer_length

    if asked is not None:
        return asked, None
    usual = answer_length(ref, [column.adapter for column in columns if column.adapter is not None], problems, asking)
    return usual.tokens, f"Longest answer: {usual.reason}"


def lender(ref: ModelRef, *, to_answer: bool = True) -> Lend:
    """Opens the model, loading it once when it is first needed; a command has no one to share it with.

    Without `to_answer` a model that only reads text is opened too.
    """
    loaded: list[tuple[Any, Any]] = []

    @contextlib.contextmanager
    def lend() -> Generator[tuple[Any, Any]]:
        if not loaded:
            from hypviz.studies.model_notices import load_for_answers

            loaded.append(load_for_answers(ref, to_answer=to_answer))
        try:
            yield loaded[0]
        except BaseChanged:
            loaded.clear()
            raise

    return lend


def _payload(ref: ModelRef, comparison: Comparison) -> dict[str, Any]:
    base = comparison.base
    return {
        "model": ref.label,
        "prompt": base.prompt,
        "asking": comparison.asking.identity,
        "decoding": base.decoding.line,
        "columns": [_column(comparison, column) for column in comparison.columns],
    }


def _column(comparison: Comparison, column: ComparedColumn) -> dict[str, Any]:
    from hypviz.records.numbers import json_number
    from hypviz.studies.compare import first_difference

    generation = column.generation
    difference = first_difference(generation, comparison.base)
    probe = generation.probe
    return {
        "name": column.name,
        "method": generation.weights.method,
        "text": generation.text,
        "answer": json_number(generation.answer),
        "careful_answer": json_number(generation.careful),
        "unfinished": generation.is_cut,
        "seconds": generation.seconds,
        "fingerprint": generation.weights.fingerprint,
        "differs_from_base": bool(generation.logit_difference),
        "max_logit_difference": generation.logit_difference,
        "first_different_token": None if difference is None else difference.index,
        "n_tokens": len(generation.pieces),
        "ended": generation.ended,
        "median_gain": None if probe is None else probe.overall.gain.median,
        "gain_variation": None if probe is None else probe.variation,
        "median_delta_ratio": None if probe is None or probe.overall.ratio is None else probe.overall.ratio.median,
    }


def _paragraph(comparison: Comparison, column: ComparedColumn) -> str:
    from hypviz.studies.compare import first_difference
    from hypviz.words.gain import sentences, whole_sentence

    generation = column.generation
    facts = (f"{len(generation.pieces)} tokens", f"{generation.seconds:.1f} s", f"ended by {generation.ended}")
    head = f"{column.name}  ({', '.join((generation.weights.fingerprint[:12], *facts))})"
    lines = [head, generation.text.strip() or "(no text)"]
    lines.append(f"  answer: {_answer(generation)}")
    if generation.logit_difference is not None:
        same = generation.logit_difference == 0
        lines.append(
            "  logits on the prompt identical to the base" if same else f"  logits differ by up to {generation.logit_difference:.3g}"
        )
        difference = first_difference(generation, comparison.base)
        lines.append("  same tokens as the base" if difference is None else f"  first different token: number {difference.index + 1}")
    if generation.probe is not None:
        whole = whole_sentence(generation.probe, subject="On this prompt HypLoRA")
        lines += [f"  {sentence}" for sentence in (whole, *sentences(generation.probe)) if sentence]
    return "\n".join(lines)


def _answer(generation: Generation) -> str:
    """The number found, whether the text was cut before its end, and the careful reading where it is another."""
    from hypviz.records.numbers import show_number

    cut = generation.is_cut
    words = "none found" if generation.answer is None else show_number(generation.answer)
    words += f", unfinished ({generation.ended})" if cut else ""
    if generation.careful != generation.answer and not (cut and generation.careful is None):
        words += f"; read carefully: {show_number(generation.careful)}"
    return words
