"""``python -m hypviz evaluate MODEL``: right and wrong answers over a problem set, for the base model and every adapter given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import StderrProgress, emit, json_option, model_argument, note, note_model, trust_option
from hypviz.cli.generate import lender, longest_answer
from hypviz.errors import HypvizError

if TYPE_CHECKING:
    from hypviz.records.answers import ColumnScore, Evaluation, PairCounts
    from hypviz.records.seeds import Origin, SeedsVerdict


@click.command(
    help="Count right answers of MODEL and of every adapter over a problem set, decoding greedily.\n\n"
    "Named sets use their test split, which no fine-tune has seen. An answer is right when its last number is within 0.001 of the "
    "reference, as the paper counts; careful reading (fractions, signs, exponents, boxed answers) is counted beside it. Answers cut "
    "at the limit are unfinished and count as not right. Intervals of a column are Wilson's at 95%; pairs are judged by McNemar's exact "
    "test, adjusted for their number by Holm's method, with the interval that belongs to it."
)
@model_argument
@click.option("--problems", required=True, metavar="FILE|NAME", help="A problem file, or a bundled set such as two-step or bundled.")
@click.option("--adapter", "adapters", metavar="NAME=DIR", multiple=True, help="An adapter folder and its column's name; repeatable.")
@click.option(
    "--run",
    "run_ids",
    metavar="RUN_ID",
    multiple=True,
    help="All adapters of a fine-tune made here; repeatable. Runs that differ in the seed alone get a verdict over seeds and problems.",
)
@click.option("--n", "n", type=click.IntRange(min=1), default=None, help="How many problems; default 100 of a named set, all of a file.")
@click.option("--max-new-tokens", type=int, help="The longest answer. [default: from the longest answer learned or asked, else 256]")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.jsonl", help="Write one row per problem.")
@trust_option
@json_option
def command(
    model: str,
    problems: str,
    adapters: tuple[str, ...],
    run_ids: tuple[str, ...],
    n: int | None,
    max_new_tokens: int | None,
    out: Path | None,
    trust_remote_code: bool,
    as_json: bool,
) -> None:
    """Evaluate the columns and print counts, the base first."""
    from hypviz.corpora import read_problems
    from hypviz.evaluate import not_known
    from hypviz.generate import parse_column
    from hypviz.models import resolve
    from hypviz.problems import is_problem_set
    from hypviz.records.answers import Decoding
    from hypviz.store import Store
    from hypviz.studies.evaluate import answered_one_by_one, evaluate
    from hypviz.studies.origins import run_columns

    columns = [parse_column(text) for text in adapters]
    columns += run_columns(run_ids, [column.name for column in columns])
    if out is not None and not out.absolute().parent.is_dir():
        raise HypvizError(f"The folder {out.absolute().parent} for --out does not exist; create it first.")
    named = is_problem_set(problems) and not Path(problems).is_file()
    chosen = read_problems(problems, limit=n or (100 if named else None), split="test")
    ref = resolve(model, trust_remote_code=trust_remote_code)
    for notice in chosen.notices:
        note(f"{chosen.name}: {notice}")
    tokens, reason = longest_answer(ref, columns, max_new_tokens, chosen)
    decoding = Decoding(max_new_tokens=tokens)
    found = evaluate(ref, chosen, columns, decoding, lend=lender(ref), store=Store(), progress=StderrProgress("Answers"))
    if out is not None:
        _write(out, found)
    said = note_model(ref, as_question=True)
    note(reason)
    note(_left_out(found))
    note(answered_one_by_one(found, {}))
    note(not_known(found))
    note(found.notice)
    emit(as_json, _payload(ref.label, found) | {"notices": said}, _text(found))


def _write(out: Path, found: Evaluation) -> None:
    from hypviz.store import write_atomically
    from hypviz.studies.evaluate import rows_as_json_lines

    try:
        write_atomically(out, rows_as_json_lines(found))
    except OSError as error:
        raise HypvizError(f"{out} could not be written ({error.strerror}); choose another file for --out.") from error


def _left_out(found: Evaluation) -> str | None:
    parts = []
    if found.n_too_long:
        parts.append(f"{found.n_too_long} problems do not fit into the model with {found.decoding.max_new_tokens} new tokens")
    if found.n_skipped:
        rows = "1 row of the file is no problem" if found.n_skipped == 1 else f"{found.n_skipped} rows of the file are no problems"
        parts.append(f"{rows} ({'; '.join(found.skipped)})")
    return f"Left out: {'; '.join(parts)}." if parts else None


def _payload(model: str, found: Evaluation) -> dict[str, Any]:
    from hypviz.evaluate import adjustment, few_seeds, on_the_constant, on_the_limit, on_the_rule, on_the_training
    from hypviz.problems import json_number

    return {
        "model": model,
        "problems": found.problems,
        "n": found.n,
        "n_too_long": found.n_too_long,
        "n_skipped": found.n_skipped,
        "skipped": list(found.skipped),
        "max_new_tokens": found.decoding.max_new_tokens,
        "majority_answer": json_number(found.majority.answer),
        "majority_accuracy": found.majority.accuracy,
        "columns": [_column(score) for score in found.columns],
        "pairs": [_pair(pair) for pair in found.pairs],
        "careful_pairs": [_pair(pair) for pair in found.careful_pairs],
        "finished_pairs": [None if pair is None else _pair(pair) for pair in found.finished_pairs],
        "on_the_rule": on_the_rule(found),
        "on_the_limit": on_the_limit(found),
        "on_the_constant": on_the_constant(found),
        "on_the_training": on_the_training(found),
        "adjustment": adjustment(len(found.over_seeds or found.pairs)),
        "origins": [_origin(origin) for origin in found.origins],
        "over_seeds": [_over_seeds(verdict) for verdict in found.over_seeds],
        "few_seeds": few_seeds(found.over_seeds),
    }


def _column(score: ColumnScore) -> dict[str, Any]:
    from hypviz.problems import json_number

    return {
        "name": score.name,
        "method": score.weights.method,
        "fingerprint": score.weights.fingerprint,
        "n": score.n,
        "correct": score.correct,
        "accuracy": score.accuracy.value,
        "interval": [score.accuracy.low, score.accuracy.high],
        "wrong": score.wrong,
        "unfinished": score.unfinished,
        "no_answer": score.no_answer,
        "no_text": score.no_text,
        "n_cut": score.n_cut,
        "one_by_one": score.one_by_one,
        "careful_correct": score.careful_correct,
        "careful_accuracy": score.careful_accuracy.value,
        "careful_interval": [score.careful_accuracy.low, score.careful_accuracy.high],
        "n_read_differently": score.n_read_differently,
        "n_judged_differently": score.n_judged_differently,
        "usual_answer": json_number(score.usual),
        "n_usual": score.n_usual,
        "answers_constant": score.answers_constant,
        "over_constant": score.over_constant.value,
        "over_constant_interval": [score.over_constant.low, score.over_constant.high],
        "over_constant_level": score.over_constant.level,
        "beats_constant": score.beats_constant,
        "seconds": score.seconds,
    }


def _pair(pair: PairCounts) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "both_right": pair.both_right,
        "only_a": pair.only_a,
        "only_b": pair.only_b,
        "both_wrong": pair.both_wrong,
        "unfinished": pair.unfinished,
        "neither_answered": pair.neither_answered,
        "other_unfinished": pair.other_unfinished,
        "mcnemar_p": pair.mcnemar_p,
        "adjusted_p": pair.adjusted_p,
        "n_pairs": pair.n_pairs,
        "difference": pair.difference.value,
        "difference_interval": [pair.difference.low, pair.difference.high],
        "difference_level": pair.difference.level,
        "verdict": pair.verdict,
        "constants": list(pair.constants),
        "sentence": pair.sentence,
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "name": origin.column,
        "run_id": origin.run_id,
        "seed": origin.seed,
        "learned": origin.learned,
        "n_trained_on": None if origin.seen is None else len(origin.seen),
        "same_file": origin.same_file,
    }


def _over_seeds(verdict: SeedsVerdict) -> dict[str, Any]:
    return {
        "a": verdict.a,
        "b": verdict.b,
        "n": verdict.n,
        "seeds": [
            {"seed": r.seed, "right_a": r.right_a, "right_b": r.right_b, "only_a": r.only_a, "only_b": r.only_b} for r in verdict.rows
        ],
        "difference": verdict.difference.value,
        "difference_interval": [verdict.difference.low, verdict.difference.high],
        "difference_level": verdict.difference.level,
        "p": verdict.p,
        "adjusted_p": verdict.adjusted_p,
        "n_pairs": verdict.n_pairs,
        "seeds_spread": verdict.seeds_spread,
        "seeds_half_width": verdict.seeds_half,
        "problems_half_width": verdict.problems_half,
        "verdict": verdict.verdict,
        "sentence": verdict.sentence,
    }


def _text(found: Evaluation) -> str:
    from hypviz.evaluate import adjustment, few_seeds, on_the_constant, on_the_limit, on_the_rule, on_the_training
    from hypviz.problems import show_number
    from hypviz.words.verdict import title

    width = max(len(score.name) for score in found.columns)
    lines = [f"{found.problems}, {found.n:,} problems, {found.decoding.line}"]
    for score in found.columns:
        low, high = 100 * score.accuracy.low, 100 * score.accuracy.high
        lines.append(
            f"  {score.name:<{width}}  {score.correct:>5,} right  {100 * score.accuracy.value:5.1f} %  "
            f"({low:.1f} to {high:.1f})  {score.wrong:,} wrong, {score.unfinished:,} unfinished, "
            f"{score.no_answer + score.no_text:,} without a number"
        )
    constant = show_number(found.majority.answer)
    lines.append(f"  always answering {constant} would be right {100 * found.majority.accuracy:.1f} % of the time")
    lines += [
        f"  {sentence}"
        for sentence in (on_the_training(found), on_the_constant(found), on_the_limit(found), on_the_rule(found))
        if sentence
    ]
    for verdict in found.over_seeds:
        lines.append(verdict.sentence)
        lines += [
            f"  seed {row.seed}: {title(verdict.a)} {row.right_a:,}, {title(verdict.b)} {row.right_b:,} right; "
            f"only {title(verdict.a)} {row.only_a:,}, only {title(verdict.b)} {row.only_b:,}"
            for row in verdict.rows
        ]
    lines += [sentence for sentence in (few_seeds(found.over_seeds),) if sentence]
    for pair in () if found.over_seeds else found.pairs:  # of one seed each: the rows above have their counts
        lines.append(
            f"{pair.a} / {pair.b}: both right {pair.both_right:,}, only {pair.a} {pair.only_a:,}, only {pair.b} {pair.only_b:,}, "
            f"neither {pair.both_wrong:,} ({pair.unfinished:,} of them unfinished)"
        )
        lines.append(f"  {pair.sentence}")
    together = adjustment(len(found.over_seeds or found.pairs))
    if together:
        lines.append(together)
    return "\n".join(lines)
