"""One answer marked by a rule of a name: what is read, and whether it is right; the one place here that knows the rules.

In: a problem, a text as far as it answers, whether it was cut. Out: a `Mark`. The rules themselves are `hypviz.problems`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypviz.errors import HypvizError
from hypviz.problems import extract_answer, is_right, is_right_carefully, read_carefully
from hypviz.records.answers import Outcome, answer_part, is_cut
from hypviz.records.problems import Problem

PAPER, CAREFUL = "paper", "careful"
RULES = (PAPER, CAREFUL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one rule finds in an answer (None for nothing), whether that is right, and where it stands in the text, where that is known."""

    rule: str
    value: Fraction | str | None
    right: bool
    span: tuple[int, int] | None = None


def mark(rule: str, text: str, problem: Problem, *, cut: bool = False) -> Mark:
    """The mark of `text`, up to where the model begins a question of its own; `HypvizError` for a rule that is none of `RULES`."""
    if rule not in RULES:
        raise HypvizError(f"There is no rule {rule!r}; choose one of {', '.join(RULES)}.")
    said, answer = answer_part(text), problem.number
    value = extract_answer(said) if rule == PAPER else read_carefully(said, cut=cut)
    judge = is_right if rule == PAPER else is_right_carefully
    return Mark(rule=rule, value=value, right=judge(value, answer))


def marks(row: Outcome, k: int, source: str = "") -> tuple[Mark, ...]:
    """Column k's answer to a problem, marked by every rule."""
    cut = is_cut(row.texts[k], row.ended[k])
    return tuple(mark(rule, row.texts[k], problem_of(row, source), cut=cut) for rule in RULES)


def problem_of(row: Outcome, source: str = "") -> Problem:
    """The problem of a row, without the worked answer, which an evaluation does not hold."""
    return Problem(question=row.question, solution="", answer=row.answer, skill=row.skill, source=source)
