"""Worked examples to stand before a question: drawn with a seed, and never one of the questions asked."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypviz.errors import HypvizError
from hypviz.problems.alike import plain_question
from hypviz.records.asking import Asking, Shot
from hypviz.records.limits import SHOTS
from hypviz.records.problems import Problem


def draw_shots(pool: Sequence[Problem], k: int, *, seed: int, asked: Sequence[str], name: str) -> tuple[Shot, ...]:
    """k different problems of `pool`, which is called `name`, none of them a question of `asked`; `HypvizError` where there are fewer."""
    SHOTS.check(k)
    taken = {plain_question(question) for question in asked}
    free = {plain_question(problem.question): problem for problem in reversed(pool)}
    there = [problem for plain, problem in reversed(free.items()) if plain not in taken]
    if k > len(there):
        among = f" problems that are not among those asked ({len(free):,} in all)" if len(there) < len(free) else ""
        raise HypvizError(f"{k} examples were asked for, but {name} has {len(there):,}{among}; ask for fewer, or draw from more.")
    drawn = random.Random(f"shots:{seed}").sample(there, k)
    return tuple(Shot(question=problem.question, answer=problem.solution) for problem in drawn)


def require_unasked(asking: Asking, questions: Sequence[str]) -> None:
    """`HypvizError` where an example before the question is itself among the questions asked."""
    asked = {plain_question(question) for question in questions}
    given_away = sum(plain_question(shot.question) in asked for shot in asking.shots)
    if given_away:
        which = "1 of the examples that stand before every question is" if given_away == 1 else f"{given_away} of the examples are"
        raise HypvizError(f"{which} among the problems asked, with the answer; draw other examples, or ask without them.")


def first_unshown(asking: Asking, problems: Sequence[Problem]) -> Problem | None:
    """The first problem that is none of the examples; None where all are."""
    shown = {plain_question(shot.question) for shot in asking.shots}
    return next((problem for problem in problems if plain_question(problem.question) not in shown), None)
