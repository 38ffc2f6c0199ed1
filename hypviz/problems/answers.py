"""From a problem to a prompt, and from a generated text back to a number, by the paper's rule.

The number is read to the letter as the paper's evaluation reads it (arXiv 2410.04010v2, section 5 and its released evaluation): the last
one in the text with all commas taken out, so that "3-4" ends in -4 and ".5" in 5, right when it differs from the reference by at most
1e-3. Numbers are exact fractions, so a difference of exactly 1e-3 counts as right whatever the numbers' size. What a person reads is
`generated`.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

from hypviz.problems.places import Place
from hypviz.problems.tracing import Traced
from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, WRONG
from hypviz.records.problems import Problem

TOLERANCE = Fraction(1, 1000)
_COMMAS = re.compile(",+")
_NUMBER = re.compile(r"-?\d+\.?\d*")


def format_prompt(question: str) -> str:
    """The text a model continues; the same for training, comparison and evaluation."""
    return f"Question: {question.strip()}\nAnswer:"


def format_solution(problem: Problem) -> str:
    """What follows `format_prompt`, with its leading space and without an end-of-text token."""
    return " " + problem.solution.strip()


def extract_answer(text: str) -> Fraction | None:
    """The last number in `text` as the paper's evaluation takes it; None without one, or where a float does not hold it."""
    found = find_last_number(text)
    return None if found is None else found.value


def find_last_number(text: str) -> Place | None:
    """As `extract_answer`, with where it stands: the last run of an optional minus sign, digits, a point and digits, commas taken out."""
    traced = Traced(text=text).sub(_COMMAS, "")
    last = max(_NUMBER.finditer(traced.text), key=lambda match: match.start(), default=None)
    if last is None or not math.isfinite(float(last.group())):
        return None
    start, end = traced.spot(last.start(), last.end())
    return Place(value=Fraction(Decimal(last.group())), start=start, end=end)


def is_right(found: Fraction | None, answer: Fraction) -> bool:
    """Whether a number was found and lies within `TOLERANCE` of the reference: the paper's rule."""
    return found is not None and abs(found - answer) <= TOLERANCE


def is_right_carefully(found: Fraction | None, answer: Fraction) -> bool:
    """As `is_right`, but for references below 1 the tolerance is a thousandth of the reference, so that 0 is no 0.00001."""
    return found is not None and abs(found - answer) <= TOLERANCE * min(Fraction(1), abs(answer))


def answer_state(text: str, found: Fraction | str | None, *, right: bool, cut: bool) -> str:
    """What became of an answer, one of STATES: a right number counts in a text that was cut too, any other is not the answer yet."""
    if right:
        return RIGHT
    if cut:
        return CUT
    if not text.strip():
        return NO_TEXT
    return NO_NUMBER if found is None else WRONG
