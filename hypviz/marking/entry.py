"""What an entry of the marking rules' registry says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from hypviz.records.problems import KINDS, Problem
from hypviz.registry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule takes for the answer, in the form that `Problem.answer` has, and from where to where of the text it was read."""

    value: Fraction | str
    start: int
    end: int


class Read(Protocol):
    """What the rule finds in a text; `cut` says that a limit or a person ended it."""

    def __call__(self, text: str, problem: Problem, *, cut: bool = False) -> Found | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkingRule(Entry):
    """`kinds` of problems that it marks. `sentence` goes on from "An answer is" and says what is read and what is right.

    A rule that `needs_form` reads only answers of a form that not every prompt asks for, such as ``####``.
    """

    read: Read
    is_right: Callable[[Fraction | str, Problem], bool]
    sentence: str
    kinds: tuple[str, ...] = KINDS
    needs_form: bool = False


def spot(start: int, end: int, value: Fraction | str) -> Found:
    """A `Found` in one line."""
    return Found(value=value, start=start, end=end)
