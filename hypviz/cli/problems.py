"""``python -m hypviz problems NAME|FILE``: a bundled problem set as JSON lines, or what is read from a file, answer by answer."""

from __future__ import annotations

import json
from typing import Any

import click

from hypviz.cli.common import emit, is_given, json_option, note_fewer, note_reading, refuse
from hypviz.cli.numbers import Number
from hypviz.records.limits import PROBLEMS
from hypviz.records.problems import write_answer
from hypviz.studies.problem_sets import PROBLEM_SET_NAMES, SPLITS, is_set_name, problem_set


@click.command(
    help=f"Print problems of the set NAME as JSON lines. NAME is one of {', '.join(PROBLEM_SET_NAMES)}, or NAME:SEED.\n\n"
    "Of a FILE print what is read: each answer cell beside its number, and the text to learn from; rows left out are counted with reasons."
)
@click.argument("name", metavar="NAME|FILE")
@click.option("--n", type=Number(PROBLEMS), default=10, show_default=True, help="How many.")
@json_option
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True, help="The two splits share no problem.")
def command(name: str, n: int, split: str, as_json: bool) -> None:
    """Print n problems; those of a named set as question, answer (worked, ending in #### N), skill and source."""
    if not is_set_name(name):
        if is_given("split"):
            refuse("--split", f"for the file {name}", "leave it out, or give the name of a bundled set")
        _of_file(name, n, as_json)
        return
    rows = [
        {"question": p.question, "answer": f"{p.solution}\n#### {write_answer(p.answer)}", "skill": p.skill, "source": p.source}
        for p in problem_set(name, n, split=split)
    ]
    emit(as_json, {"name": name, "split": split, "problems": rows}, _lines(rows))


def _of_file(name: str, n: int, as_json: bool) -> None:
    from hypviz.studies.problem_sets import read_problems

    found = read_problems(name)
    note_reading(found)
    if is_given("n"):
        note_fewer(n, len(found.problems), "problems")
    rows = [
        {"question": p.question, "given": p.given, "read_as": write_answer(p.answer), "solution": p.solution} for p in found.problems[:n]
    ]
    payload = {
        "name": found.name,
        "n": len(found.problems),
        "n_skipped": found.n_skipped,
        "skipped": list(found.skipped),
        "notices": list(found.notices),
        "problems": rows,
    }
    emit(as_json, payload, _lines(rows))


def _lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
