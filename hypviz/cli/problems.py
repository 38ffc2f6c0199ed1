"""``python -m hypviz problems NAME``: a bundled problem set as JSON lines."""

from __future__ import annotations

import json

import click

from hypviz.cli.common import emit, json_option
from hypviz.problems import PROBLEM_SET_NAMES, SPLITS, problem_set


@click.command(help=f"Print problems of the set NAME as JSON lines. NAME is one of {', '.join(PROBLEM_SET_NAMES)}, or NAME:SEED.")
@click.argument("name")
@click.option("--n", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@json_option
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True, help="The two splits share no problem.")
def command(name: str, n: int, split: str, as_json: bool) -> None:
    """Print n problems; each line has question, answer (worked, ending in #### N), skill and source."""
    rows = [
        {"question": p.question, "answer": f"{p.solution}\n#### {p.answer:g}", "skill": p.skill, "source": p.source}
        for p in problem_set(name, n, split=split)
    ]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    emit(as_json, {"name": name, "split": split, "problems": rows}, lines)
