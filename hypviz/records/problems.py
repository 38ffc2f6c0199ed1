"""Word problems: one problem with its worked answer, and a titled prompt."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """`solution` is the worked text, ending in "The answer is N." for generated problems; `source` names the set or file."""

    question: str
    solution: str
    answer: float
    skill: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStudy(Record):
    """A titled prompt of one skill and the number it should end in."""

    skill: str
    title: str
    question: str
    answer: float


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
