"""``python -m hypviz evaluate MODEL``: right and wrong answers over a problem set, for the base model and every adapter given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.asking_options import AskedAs, asking_of, asking_options
from hypviz.cli.common import StderrProgress, emit, json_option, model_argument, note, note_fewer, note_model, trust_option, watching
from hypviz.cli.decoding import decoding_options, how
from hypviz.cli.evaluate_exchange import Places, exchange_options, said_more
from hypviz.cli.evaluate_report import payload, text
from hypviz.cli.generate import lender, longest_answer
from hypviz.cli.numbers import Number
from hypviz.cli.problem_columns import advice, column_options, columns_given
from hypviz.cli.registry_option import entry_option
from hypviz.records.limits import ANSWER_TOKENS, PROBLEMS, SAMPLES
from hypviz.sharing import speaks

if TYPE_CHECKING:
    from hypviz.records.answers import Column
    from hypviz.records.asking import Asking
    from hypviz.records.evaluations import Evaluation
    from hypviz.records.models import ModelRef
    from hypviz.records.specs.answers import EvaluationSpec
    from hypviz.records.texts import ProblemSet
    from hypviz.registry import Registry


def _rules() -> Registry[Any]:
    from hypviz.marking import RULES

    return RULES


@click.command(
    help="Count right answers of MODEL and of every adapter over a problem set, decoding greedily unless --decoding says otherwise.\n\n"
    "Named sets use their test split, which no fine-tune has seen. Answers are marked by --rule, and the others are counted beside it. "
    "Answers cut at the limit are unfinished and count as not right. Intervals of a column are Wilson's at 95%; pairs are judged by "
    "McNemar's exact test, adjusted for their number by Holm's method, with the interval that belongs to it. Rephrasings of one problem, "
    "repeated questions and single samples count by group instead."
)
@model_argument
@click.option(
    "--problems",
    required=True,
    metavar="FILE|NAME",
    help="A file, a bundled set such as two-step, or a published one such as gsm8k.",
)
@column_options
@click.option("--adapter", "adapters", metavar="NAME=DIR", multiple=True, help="A column's name and its adapter or fine-tuned model.")
@click.option(
    "--run",
    "run_ids",
    metavar="RUN_ID",
    multiple=True,
    help="All adapters of a fine-tune made here; repeatable. Runs that differ in the seed alone get a verdict over seeds and problems.",
)
@click.option("--n", "n", type=Number(PROBLEMS), default=None, help="How many problems; default 100 of a named set, all of a file.")
@click.option(
    "--max-new-tokens", type=Number(ANSWER_TOKENS), help="The longest answer. [default: from the longest answer learned or asked, else 256]"
)
@entry_option("--rule", registry=_rules, default="careful", help="How answers are read and marked.")
@decoding_options
@click.option(
    "--samples", type=Number(SAMPLES), default=1, show_default=True, help="With --decoding sample: answers to each problem, by majority."
)
@asking_options
@exchange_options
@trust_option
@json_option
def command(
    model: str,
    problems: str,
    adapters: tuple[str, ...],
    run_ids: tuple[str, ...],
    n: int | None,
    max_new_tokens: int | None,
    rule: str,
    decoding: str | None,
    temperature: float | None,
    seed: int,
    stop: tuple[str, ...],
    samples: int,
    places: Places,
    trust_remote_code: bool,
    as_json: bool,
    **typed: Any,
) -> None:
    """Evaluate the columns and print counts, the base first."""
    from hypviz.records.specs.answers import EvaluationSpec
    from hypviz.studies.asking import asked_columns
    from hypviz.studies.evaluate import recount, require_rule_for
    from hypviz.studies.models import resolve

    chosen_how = how(decoding, temperature, seed, stop)
    columns = _columns(adapters, run_ids)
    chosen = _problems(problems, n)
    ref = resolve(model, trust_remote_code=trust_remote_code)
    require_rule_for(chosen, rule)
    asking = _asking(ref, AskedAs(**typed), columns, problems, chosen)
    tokens, reason = longest_answer(ref, columns, max_new_tokens, chosen, asking)
    asked = asked_columns(ref, columns)
    spec = EvaluationSpec(model=ref, columns=asked, problems=chosen, tokens=tokens, samples=samples, asking=asking, **chosen_how.fields)
    found = recount(_evaluated(spec), rule)
    if speaks():
        places.write(found, spec)
        _tell(found, spec, reason, as_json=as_json)
        _end(found)


def _evaluated(spec: EvaluationSpec) -> Evaluation:
    """The evaluation, shared out among the processes that ``accelerate launch`` started, all with the same question."""
    from hypviz.sharing import share_of_group
    from hypviz.studies.evaluate import evaluate

    ref, share = spec.model, share_of_group(spec.model.device)
    for what, mine in {"device": ref.device.partition(":")[0], "model": ref.fingerprint, "problems": spec.problems.fingerprint}.items():
        share.require_same(what, mine)
    with watching("Answers") as work:
        return evaluate(spec, work, lend=lender(ref), share=share)


def _end(found: Evaluation) -> None:
    """Exit code 2 after a stop."""
    from hypviz.words.stopping import on_the_stop

    if stopped := on_the_stop(found):
        note(f"{stopped}; the same command goes on from there.")
        click.get_current_context().exit(2)


def _problems(name: str, n: int | None) -> ProblemSet:
    """The problems asked, with a note on how they were read."""
    from hypviz.studies.problem_sets import problems_of

    with advice():
        chosen = problems_of(name, n, columns_given(), work=StderrProgress("reading the problems"))
    note_fewer(n, len(chosen.problems), "problems")
    for notice in chosen.notices:
        note(f"{chosen.name}: {notice}")
    return chosen


def _asking(ref: ModelRef, typed: AskedAs, columns: list[Column], name: str, chosen: ProblemSet) -> Asking:
    """How the problems are put; worked examples of a named set never from what is asked."""
    from hypviz.studies.problem_sets import is_set_name

    asked = [problem.question for problem in chosen.problems]
    return asking_of(ref, typed, columns, asked=asked, source=name if is_set_name(name) else None)


def _columns(adapters: tuple[str, ...], run_ids: tuple[str, ...]) -> list[Column]:
    """The base, the adapters given, and those of the runs."""
    from hypviz.studies.asking import given_columns
    from hypviz.studies.origins import run_columns

    columns = given_columns(adapters)
    return columns + run_columns(run_ids, [column.name for column in columns])


def _tell(found: Evaluation, spec: EvaluationSpec, reason: str | None, *, as_json: bool) -> None:
    """Notes on stderr, and the counts on stdout."""
    said, more = note_model(spec.model, template=spec.asking.template), said_more(found)
    _note(found, reason)
    told = payload(spec.model.label, found) | {"asking": spec.asking.identity, "notices": said, "said": list(more)}
    emit(as_json, told, "\n".join((text(found), *more)))


def _note(found: Evaluation, reason: str | None) -> None:
    from hypviz.words.evaluation import answered_one_by_one
    from hypviz.words.origins import not_known
    from hypviz.words.samples import on_the_samples, on_the_singles

    alone, samples = answered_one_by_one(found, {}), (*on_the_samples(found, {}), *on_the_singles(found, {}))
    for sentence in (reason, _left_out(found), alone, not_known(found), *samples, found.notice):
        note(sentence)


def _left_out(found: Evaluation) -> str | None:
    parts: list[str] = []
    if found.n_too_long:
        many = "1 problem does" if found.n_too_long == 1 else f"{found.n_too_long:,} problems do"
        parts.append(f"{many} not fit into the model with {found.decoding.max_new_tokens} new tokens")
    if found.n_skipped:
        rows = "1 row of the file is no problem" if found.n_skipped == 1 else f"{found.n_skipped} rows of the file are no problems"
        parts.append(f"{rows} ({'; '.join(found.skipped)})")
    return f"Left out: {'; '.join(parts)}." if parts else None
