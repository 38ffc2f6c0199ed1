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
from hypviz.cli.registry_option import entry_option
from hypviz.errors import BaseChanged
from hypviz.records.limits import ANSWER_TOKENS

if TYPE_CHECKING:
    from hypviz.records.answers import Column, Comparison
    from hypviz.records.asking import Asking
    from hypviz.records.cases import Case
    from hypviz.records.evaluations import Mark, Outcome
    from hypviz.records.models import ModelRef
    from hypviz.records.texts import ProblemSet
    from hypviz.registry import Registry
    from hypviz.studies.compare import Lend


def _rules() -> Registry[Any]:
    from hypviz.marking import RULES

    return RULES


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
@click.option("--expected", default="", help="What would be right, to mark the answers against; without it they are only read.")
@entry_option("--rule", registry=_rules, default="careful", help="How answers are read and marked.")
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
    expected: str,
    rule: str,
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

    case = _case(prompt, expected, rule)
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
    emit(as_json, *_told(ref, comparison, case, rule, said))


def _case(prompt: str, expected: str, rule: str) -> Case:
    """The prompt as answers to it are read, which the rule must be one for."""
    from hypviz.studies.cases import typed_case
    from hypviz.studies.compare import require_rule, rules_of

    case = typed_case(prompt, expected)
    require_rule(rule, rules_of([case.problem]))
    return case


def _told(ref: ModelRef, comparison: Comparison, case: Case, rule: str, notices: list[str]) -> tuple[dict[str, Any], str]:
    """The answers as the rule marks them, for programs and for people."""
    from hypviz.studies.compare import judged

    outcome = judged(case, [column.generation for column in comparison.columns], rule)
    words = "\n\n".join(_paragraph(comparison, outcome, k) for k in range(len(comparison.columns)))
    return _payload(ref, comparison, case, outcome) | {"notices": notices}, words


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


def _payload(ref: ModelRef, comparison: Comparison, case: Case, outcome: Outcome) -> dict[str, Any]:
    from hypviz.records.problems import json_answer

    base = comparison.base
    return {
        "model": ref.label,
        "prompt": base.prompt,
        "asking": comparison.asking.identity,
        "decoding": base.decoding.line,
        "rule": outcome.rule,
        "kind": case.problem.kind,
        "expected": json_answer(outcome.answer) if case.is_marked else None,
        "columns": [_column(comparison, outcome, k) for k in range(len(comparison.columns))],
    }


def _column(comparison: Comparison, outcome: Outcome, k: int) -> dict[str, Any]:
    from hypviz.studies.compare import first_difference, worked_steps

    column, steps = comparison.columns[k], worked_steps(outcome, k)
    generation = column.generation
    difference = first_difference(generation, comparison.base)
    probe = generation.probe
    return {
        "name": column.name,
        "method": generation.weights.method,
        "text": generation.text,
        **_mark(outcome.marks[outcome.rule][k]),
        "by_rule": {name: _mark(marks[k]) for name, marks in outcome.marks.items()},
        "steps": [{"span": [step.start, step.end], "right": step.is_right} for step in steps],
        "unfinished": generation.is_cut,
        "seconds": generation.seconds,
        "measuring_seconds": generation.measuring,
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


def _mark(mark: Mark) -> dict[str, Any]:
    """The value that a rule reads, what becomes of it, and from where to where of the text it was read."""
    from hypviz.records.problems import json_answer

    span = None if mark.value is None else [mark.start, mark.end]
    return {"answer": None if mark.value is None else json_answer(mark.value), "state": mark.state, "span": span}


def _paragraph(comparison: Comparison, outcome: Outcome, k: int) -> str:
    from hypviz.studies.compare import first_difference, worked_steps
    from hypviz.words.comparison import time_taken
    from hypviz.words.evaluation import about_steps
    from hypviz.words.gain import sentences, whole_sentence

    column = comparison.columns[k]
    generation = column.generation
    facts = (time_taken(generation), f"ended by {generation.ended}")
    head = f"{column.name}  ({', '.join((generation.weights.fingerprint[:12], *facts))})"
    lines = [head, generation.text.strip() or "(no text)"]
    lines.append(f"  answer: {_answer(outcome, k)}")
    told = about_steps(worked_steps(outcome, k))
    lines += [f"  {told}"] if told else []
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


def _answer(outcome: Outcome, k: int) -> str:
    """What was read by the rule and what becomes of it, and the other rules where they judge otherwise."""
    from hypviz.records.answers import CUT, READ
    from hypviz.records.problems import show_answer
    from hypviz.words.comparison import STATE_WORDS, other_rules

    mark, ended = outcome.marks[outcome.rule][k], outcome.ended[k]
    words = "none found" if mark.value is None else show_answer(mark.value)
    words += (
        f", unfinished ({ended})"
        if mark.state == CUT
        else ""
        if mark.state == READ or mark.value is None
        else f", {STATE_WORDS[mark.state]}"
    )
    return "; ".join([words, *(said for said, _ in other_rules(outcome, k))])
