"""``python -m hypviz problems NAME|FILE``: a bundled problem set as JSON lines, or what is read from a file, answer by answer."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import StderrProgress, emit, is_given, json_option, note, note_fewer, note_reading, refuse
from hypviz.cli.numbers import Number
from hypviz.cli.problem_columns import advice, column_options, columns_given
from hypviz.records.limits import PROBLEMS
from hypviz.records.problems import Problem, write_answer
from hypviz.studies.problem_sets import PROBLEM_SET_NAMES, PUBLISHED, SPLITS, is_bundled, is_set_name, problem_set, read_problems

if TYPE_CHECKING:
    from hypviz.records.texts import ProblemSet


@click.command(
    help=f"Print problems of the set NAME as JSON lines. NAME is one of {', '.join(PROBLEM_SET_NAMES)}, or NAME:SEED; or a "
    f"published set, read from the hub at one commit and kept: {', '.join(PUBLISHED)}, or NAME@REVISION.\n\n"
    "Of a FILE print what is read: each answer cell beside the answer, its kind (number, letter, truth, option, text), the options, and "
    "the text to learn from; rows left out are counted with reasons. Known are question and answer, GSM8K, Alpaca, messages, ShareGPT, "
    "MetaMathQA, SVAMP, MAWPS, AQuA, BoolQ, PIQA, SIQA, HellaSwag, WinoGrande, ARC, OpenBookQA and the paper's release, as .jsonl, .json, "
    ".csv, .tsv, .txt or .parquet, in gzip too."
)
@click.argument("name", metavar="NAME|FILE")
@click.option("--n", type=Number(PROBLEMS), default=10, show_default=True, help="How many.")
@column_options
@json_option
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True, help="The two splits share no problem.")
def command(name: str, n: int, split: str, as_json: bool) -> None:
    """Print n problems; those of a named set as question, answer (worked, ending in #### N), skill and source."""
    if is_given("split") and not is_set_name(name):
        refuse("--split", f"for the file {name}", "leave it out, or give the name of a set")
    columns = columns_given()
    if not is_bundled(name) or columns is not None:
        with advice():
            limit, work = n if is_set_name(name) else None, StderrProgress("reading the problems")
            _as_read(read_problems(name, limit=limit, split=split, columns=columns, work=work), n, as_json)
        return
    rows = [
        {"question": p.question, "answer": f"{p.solution}\n#### {write_answer(p.answer)}", "skill": p.skill, "source": p.source}
        for p in problem_set(name, n, split=split)
    ]
    emit(as_json, {"name": name, "split": split, "problems": rows}, _lines(rows))


def _as_read(found: ProblemSet, n: int, as_json: bool) -> None:
    from hypviz.words.problem_sets import kinds

    note_reading(found)
    note(f"{found.name}: {kinds(found.problems)}.")
    if is_given("n"):
        note_fewer(n, len(found.problems), "problems")
    rows = [_row(problem) for problem in found.problems[:n]]
    payload = {
        "name": found.name,
        "n": len(found.problems),
        "kinds": dict(Counter(problem.kind for problem in found.problems)),
        "n_skipped": found.n_skipped,
        "skipped": list(found.skipped),
        "notices": list(found.notices),
        "problems": rows,
    }
    emit(as_json, payload, _lines(rows))


def _row(problem: Problem) -> dict[str, Any]:
    """A problem of a file as read; its options by their labels where it has any."""
    row = {
        "question": problem.question,
        "given": problem.given,
        "kind": problem.kind,
        "read_as": write_answer(problem.answer),
        "solution": problem.solution,
    }
    return row | ({"options": {option.label: option.text for option in problem.options}} if problem.options else {})


def _lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
