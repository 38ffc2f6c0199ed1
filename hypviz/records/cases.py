"""What a person puts to several sets of weights at once: a prompt with or without what would be right, and a list of such prompts."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.base import Record
from hypviz.records.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Record):
    """A prompt and how an answer to it is read: by the kind and the options of `problem`.

    Where nobody said what would be right it `is_marked` False, and the problem's answer stands in for one that nothing is compared with.
    """

    problem: Problem
    is_marked: bool = True

    @property
    def question(self) -> str:
        """The prompt."""
        return self.problem.question


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList(Record):
    """The prompts of a file in its order; `n_skipped` rows are none, and `skipped` has the reasons of the first of these.

    `notices` say what was done to read the file at all.
    """

    name: str
    cases: tuple[Case, ...]
    fingerprint: str
    n_skipped: int = 0
    skipped: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def identity(self) -> dict[str, str | int]:
        """What tells this list from others: its content under its name."""
        return {"name": self.name, "cases": self.fingerprint, "skipped": self.n_skipped}
