"""``python -m hypviz problems NAME``: a bundled problem set as JSON lines."""

from __future__ import annotations

import json

import click

from hypviz.problems import PROBLEM_SET_NAMES, SPLITS, problem_set


@click.command(help=f"Print problems of the set NAME as JSON lines. NAME is one of {', '.join(PROBLEM_SET_NAMES)}, or NAME:SEED.")
@click.argument("name")
@click.option("--n", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True, help="The two splits share no problem.")
def command(name: str, n: int, split: str) -> None:
    """Print n problems; each line has question, answer (worked, ending in #### N), skill and source."""
    for problem in problem_set(name, n, split=split):
        answer = f"{problem.solution}\n#### {problem.answer:g}"
        click.echo(
            json.dumps(
                {"question": problem.question, "answer": answer, "skill": problem.skill, "source": problem.source}, ensure_ascii=False
            )
        )
