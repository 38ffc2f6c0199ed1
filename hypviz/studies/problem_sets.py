"""Problem sets as people choose them: the test split of a named set, or a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from hypviz.corpora import Columns, is_published, problems_from_bytes, read_problems, rows_of
from hypviz.corpora.published import PUBLISHED
from hypviz.problems import PROBLEM_SET_NAMES, SPLITS, is_problem_set, problem_set
from hypviz.records.texts import ProblemSet
from hypviz.work import NOBODY, Work

__all__ = [
    "PROBLEM_SET_NAMES",
    "PUBLISHED",
    "PUBLISHED_NAMES",
    "SET_NAMES",
    "SPLITS",
    "USUAL",
    "Columns",
    "first_problems",
    "is_bundled",
    "is_set_name",
    "named_problems",
    "problem_set",
    "problems_from_bytes",
    "problems_of",
    "read_problems",
    "rows_of",
    "set_label",
]

USUAL = 100  # problems of a named set
PUBLISHED_NAMES = tuple(PUBLISHED)
SET_NAMES = (*PROBLEM_SET_NAMES, *PUBLISHED_NAMES)


def set_label(name: str) -> str:
    """The set's name in a menu."""
    if name in PUBLISHED:
        return f"{PUBLISHED[name].label} ({PUBLISHED[name].repository} on the hub)"
    return "bundled problems, all skills" if name == PROBLEM_SET_NAMES[0] else f"bundled problems, {name}"


def named_problems(name: str, n: int) -> ProblemSet:
    """The first n problems of a named set's test split, which no fine-tune has seen."""
    return read_problems(name, limit=n, split="test")


def problems_of(name: str, n: int | None, columns: Columns | None = None, *, work: Work = NOBODY) -> ProblemSet:
    """A named set's test split, `USUAL` problems unless told otherwise, or a file, all of it unless told otherwise."""
    return read_problems(name, limit=n or (USUAL if is_set_name(name) else None), split="test", columns=columns, work=work)


def is_set_name(name: str) -> bool:
    """Whether this names a set and no file that lies here."""
    return (is_problem_set(name) or is_published(name)) and not Path(name).is_file()


def is_bundled(name: str) -> bool:
    """Whether this names a set that is made here and no file that lies here."""
    return is_problem_set(name) and not Path(name).is_file()


def first_problems(found: ProblemSet, n: int) -> ProblemSet:
    """The first n problems; their fingerprint tells them from the whole set."""
    if n == len(found.problems):
        return found
    return dataclasses.replace(found, problems=found.problems[:n], fingerprint=f"{found.fingerprint}:{n}")
