"""Word problems: one problem with its worked answer, and a titled prompt. Answers are exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from hypviz.records.base import Record
from hypviz.records.numbers import exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """`solution` is the worked text, ending in "The answer is N." with the digits of `answer`; `source` names the set or file.

    `given` is the answer cell as the file has it, None for generated problems.
    """

    SCHEMA: ClassVar[int] = 2

    question: str
    solution: str
    answer: Fraction
    skill: str
    source: str
    given: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", exact(self.answer))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStudy(Record):
    """A titled prompt of one skill and the number it should end in."""

    skill: str
    title: str
    question: str
    answer: Fraction

    def __post_init__(self) -> None:
        object.__setattr__(self, "answer", exact(self.answer))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome(Record):
    """What one column (base, lora, hyplora) answered to the case study `title`; `answer` is the last number, None without one."""

    title: str
    column: str
    answer: float | None
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcomes(Record):
    """Of every case study and column, in their order."""

    outcomes: tuple[CaseOutcome, ...]
