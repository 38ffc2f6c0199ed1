"""From a problem to a prompt, and from a generated text back to a number, by the paper's rule.

The number is read as the paper's evaluation reads it (arXiv 2410.04010v2, section 5 and its released evaluation): the last
number in the text with thousands separators removed, right when it differs from the reference by at most 1e-3. Numbers are exact
fractions, so a difference of exactly 1e-3 counts as right whatever the numbers' size. The other rule is `careful`.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, WRONG
from hypviz.records.problems import Problem

TOLERANCE = Fraction(1, 1000)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?|-?\.\d+")


def format_prompt(question: str) -> str:
    """The text a model continues; the same for training, comparison and evaluation."""
    return f"Question: {question.strip()}\nAnswer:"


def format_solution(problem: Problem) -> str:
    """What follows `format_prompt`, with its leading space and without an end-of-text token."""
    return " " + problem.solution.strip()


def extract_answer(text: str) -> Fraction | None:
    """The last number in `text` below 1.8e308 (a float's largest), commas removed; None when there is none.

    A minus sign counts only after a sign that is neither a letter nor a digit.
    """
    found = None
    for match in _NUMBER.finditer(text):
        token = match.group().replace(",", "")
        if token.startswith("-") and match.start() > 0 and (text[match.start() - 1].isalnum()):
            token = token[1:]
        if math.isfinite(float(token)):
            found = Fraction(Decimal(token))
    return found


def is_right(found: Fraction | None, answer: Fraction) -> bool:
    """Whether a number was found and lies within `TOLERANCE` of the reference: the paper's rule."""
    return found is not None and abs(found - answer) <= TOLERANCE


def is_right_carefully(found: Fraction | None, answer: Fraction) -> bool:
    """As `is_right`, but for references below 1 the tolerance is a thousandth of the reference, so that 0 is no 0.00001."""
    return found is not None and abs(found - answer) <= TOLERANCE * min(Fraction(1), abs(answer))


def answer_state(text: str, found: Fraction | None, *, right: bool, cut: bool) -> str:
    """What became of an answer, one of STATES: a right number counts in a text that was cut too, any other is not the answer yet."""
    if right:
        return RIGHT
    if cut:
        return CUT
    if not text.strip():
        return NO_TEXT
    return NO_NUMBER if found is None else WRONG
