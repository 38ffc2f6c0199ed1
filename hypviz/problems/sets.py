"""Named, seeded problem sets: ``one-step two-step three-step nested comparison average rate``, each also ``NAME:SEED``, and ``bundled``.

A problem belongs to the train or the test split by a hash of its question alone, so the splits share no problem whatever the
seed or the skill; about one question in five is test.
"""

from __future__ import annotations

import hashlib
import random
import re

from hypviz.errors import HypvizError
from hypviz.problems.grammar import SKILLS, make_problem
from hypviz.records.problems import Problem

MIXTURE = "bundled"
PROBLEM_SET_NAMES: tuple[str, ...] = (MIXTURE, *SKILLS)
SPLITS = ("train", "test")
TEST_SHARE = 0.2
MOST_PROBLEMS = 1_000_000


def is_problem_set(name: str) -> bool:
    """Whether `name` is one of the named sets, with or without a seed."""
    return name.partition(":")[0] in PROBLEM_SET_NAMES


def problem_set(name: str, n: int, *, split: str = "train") -> tuple[Problem, ...]:
    """The first n distinct problems of a named set's split; a longer set begins with the shorter one."""
    skill, seed = _parse(name)
    if split not in SPLITS:
        raise HypvizError(f"There is no split {split!r}; use train or test.")
    if n > MOST_PROBLEMS:
        raise HypvizError(f"The set {name!r} was asked for {n:,} problems, but at most {MOST_PROBLEMS:,} are made; ask for fewer.")
    rng = random.Random(f"{skill}:{seed}")
    skills = tuple(SKILLS)
    found: dict[str, Problem] = {}
    tries = 0
    while len(found) < n:
        chosen = skills[len(found) % len(skills)] if skill == MIXTURE else skill
        problem = make_problem(chosen, rng, source=name)
        tries += 1
        if split_of(problem.question) == split:
            found.setdefault(problem.question, problem)
        if tries > 100 * n + 1000:
            raise HypvizError(f"The set {name!r} has fewer than {n} distinct {split} problems; ask for at most {len(found)}.")
    return tuple(found.values())


def split_of(question: str) -> str:
    """train or test, by the sha256 of the question."""
    digest = hashlib.sha256(question.encode("utf-8")).digest()
    return "test" if digest[0] / 256 < TEST_SHARE else "train"


def _parse(name: str) -> tuple[str, int]:
    skill, colon, seed = name.partition(":")
    if skill not in PROBLEM_SET_NAMES:
        raise HypvizError(f"There is no problem set {name!r}; choose one of {', '.join(PROBLEM_SET_NAMES)}, or give a file.")
    if colon and not re.fullmatch("[0-9]{1,100}", seed):
        raise HypvizError(f"The seed in {name[:60]!r} is not a whole number of at most 100 digits; write it like {skill}:7.")
    return skill, int(seed or 0)
