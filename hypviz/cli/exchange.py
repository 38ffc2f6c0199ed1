"""``python -m hypviz exchange SAMPLES``: what lm-evaluation-harness logged, marked by hypviz's rules, and against hypviz's own answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import emit, is_given, json_option, refuse

if TYPE_CHECKING:
    from hypviz.studies.exchange import Agreement, Samples


@click.command(
    help="Mark the answers in SAMPLES, a samples_*.jsonl of lm-evaluation-harness (--log_samples), by hypviz's rules.\n\n"
    "With --against they are compared row by row with hypviz's own answers to the same problems. A task folder for the harness is made by "
    "evaluate --harness.\n\n"
    "For SAMPLES that evaluate wrote (--out or --csv) every mark and count is made again from its rows alone and held against it."
)
@click.argument("samples", metavar="SAMPLES", type=click.Path(path_type=Path))
@click.option("--against", type=click.Path(path_type=Path), metavar="DIR|FILE", help="A task folder, or what evaluate --out wrote.")
@click.option("--column", default="base", show_default=True, help="Whose answers to compare.")
@json_option
def command(samples: Path, against: Path | None, column: str, as_json: bool) -> None:
    """Read, mark, compare; exit code 0 whether or not they agree."""
    from hypviz.studies.exchange import compare_with, is_evaluation, right_by_rule, samples_of

    if against is None and is_given("column"):
        refuse("--column", "without --against", "give the task folder, or what evaluate --out wrote")
    if is_evaluation(samples):
        _recomputed(samples, against, as_json)
        return
    found = samples_of(samples)
    right = right_by_rule(found)
    agreements = [] if against is None else [compare_with(found, against, column, rule) for rule in right]
    emit(as_json, _payload(found, right, agreements), "\n".join(_lines(found, right, agreements)))


def _recomputed(file: Path, against: Path | None, as_json: bool) -> None:
    """An evaluation of hypviz's own, marked and counted again from its rows."""
    from hypviz.studies.exchange import again_from
    from hypviz.words.exchange import again_sentence, right_sentences

    if against is not None:
        refuse("--against", "with a file that evaluate wrote", "give a samples_*.jsonl of lm-evaluation-harness")
    found = again_from(file)
    parted = [(one.number, one.column, one.rule, one.sample) for one in found.parted]
    told = {"n": found.n, "samples": found.samples, "rule": found.rule, "n_marks": found.n_marks, "parted": parted, "right": found.right}
    said = [again_sentence(found.n, found.samples, found.n_marks, parted), *right_sentences(found.rule, found.right)]
    emit(as_json, told, "\n".join(said))


def _payload(found: Samples, right: dict[str, int], agreements: list[Agreement]) -> dict[str, Any]:
    return {
        "n": len(found.rows),
        "n_skipped": found.n_skipped,
        "skipped": list(found.skipped),
        "most_samples": found.most_samples,
        "right": right,
        "agreements": [
            {
                "column": each.column,
                "rule": each.rule,
                "n": each.n,
                "same_text": each.same_text,
                "same_mark": each.same_mark,
                "right_here": each.right_ours,
                "right_in_samples": each.right_theirs,
                "n_only_one": each.n_only_one,
                "parting": [parting.number for parting in each.partings],
            }
            for each in agreements
        ],
    }


def _lines(found: Samples, right: dict[str, int], agreements: list[Agreement]) -> list[str]:
    from hypviz.words.exchange import agreement_sentence, alone_sentence, parting_sentences, rule_sentence, samples_sentence

    n = len(found.rows)
    lines = [samples_sentence(n, found.n_skipped, found.skipped, found.most_samples)]
    lines += [f"  {rule_sentence(rule, count, n)}" for rule, count in right.items()]
    for each in agreements:
        right_both = (each.right_ours, each.right_theirs)
        lines.append(agreement_sentence(each.column, each.rule, each.n, each.same_text, each.same_mark, right_both))
    if agreements:
        lines += parting_sentences([(p.number, p.after, p.ours, p.theirs) for p in agreements[0].partings])
        if agreements[0].n_only_one:
            lines.append(alone_sentence(agreements[0].n_only_one))
    return lines
