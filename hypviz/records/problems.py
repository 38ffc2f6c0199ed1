"""Problems: a question with its worked answer and the kind of thing that answers it, and a titled prompt.

The answer of a `NUMBER` is an exact fraction; of every other kind it is a text: of a `LETTER` the capital letter, of a `TRUTH` "true" or
"false", of an `OPTION` the label of the right one of `Problem.options`, of a `TEXT` the words themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from hypviz.records.base import Record
from hypviz.records.numbers import LONGEST_SHOWN, exact, json_number, show_number, write_number

NUMBER, LETTER, TRUTH, OPTION, TEXT = "number", "letter", "truth", "option", "text"
KINDS = (NUMBER, LETTER, TRUTH, OPTION, TEXT)
TRUTHS = ("true", "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Record):
    """One of the answers that a question offers: its label as it stands in the question ("A", "answer2"), and its text."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """`question` is whole: what it offers to choose from stands in it. `solution` is the worked text, ending in a sentence that gives the
    answer ("The answer is N." with the digits of a number); `source` names the set or file.

    `options` are there for a `LETTER` and an `OPTION`, with different labels, and the answer is one of these. `given` is the answer cell as
    the file has it, None for generated problems. `group` names the problem that this one was made from, where the source says so.
    """

    SCHEMA: ClassVar[int] = 2

    question: str
    solution: str
    answer: Fraction | str
    skill: str
    source: str
    given: str | None = None
    kind: str = NUMBER
    options: tuple[Choice, ...] = ()
    group: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a problem is answered by one of {', '.join(KINDS)}, not by {self.kind!r}")
        if self.kind == NUMBER:
            object.__setattr__(self, "answer", exact(_number(self.answer)))
        elif not isinstance(self.answer, str) or not self.answer.strip():
            raise ValueError(f"a problem of the kind {self.kind!r} needs a text for an answer, not {self.answer!r}")
        labels = [option.label for option in self.options]
        if len(set(labels)) < len(labels):
            raise ValueError("two options of a problem have the same label")
        if self.kind == TRUTH and self.answer not in TRUTHS:
            raise ValueError(f"the answer to a true/false question is true or false, not {self.answer!r}")
        if self.kind in (LETTER, OPTION) and self.answer not in labels:
            raise ValueError(f"the answer {self.answer!r} is none of the options {', '.join(labels)}")

    @property
    def number(self) -> Fraction:
        """The answer to a problem that a number answers; `ValueError` for any other one."""
        return _number(self.answer)


def write_answer(value: Fraction | str) -> str:
    """All of it: the digits of a number by `write_number`, a text as it is."""
    return value if isinstance(value, str) else write_number(value)


def show_answer(value: Fraction | str | None) -> str:
    """For labels: a number by `show_number`, the first `LONGEST_SHOWN` signs of a text, ``none`` for None."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_SHOWN else f"{value[: LONGEST_SHOWN - 2]} …"
    return show_number(value)


def json_answer(value: Fraction | str | None) -> int | float | str | None:
    """For JSON: a number by `json_number`, a text as it is."""
    return value if isinstance(value, str) else json_number(value)


def _number(answer: Fraction | str) -> Fraction:
    if isinstance(answer, str):
        raise ValueError(f"the answer {answer!r} is no number")
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStudy(Record):
    """A titled problem for looking at closely, and its skill."""

    SCHEMA: ClassVar[int] = 2

    skill: str
    title: str
    problem: Problem

    @property
    def question(self) -> str:
        """The prompt."""
        return self.problem.question

    @property
    def answer(self) -> Fraction | str:
        """What would be right."""
        return self.problem.answer


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
