"""From a problem to a prompt, and from a generated text back to a number.

The number is read as the paper's evaluation reads it (arXiv 2410.04010v2, section 5 and its released evaluation): the last
number in the text with thousands separators removed, right when it differs from the reference by at most 1e-3.
"""

from __future__ import annotations

import math
import re

from hypviz.records.problems import Problem

TOLERANCE = 1e-3
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?|-?\.\d+")


def format_prompt(question: str) -> str:
    """The text a model continues; the same for training, comparison and evaluation."""
    return f"Question: {question.strip()}\nAnswer:"


def format_solution(problem: Problem) -> str:
    """What follows `format_prompt`, with its leading space and without an end-of-text token."""
    return " " + problem.solution.strip()


def extract_answer(text: str) -> float | None:
    """The last finite number in `text`, commas removed; None when there is none. A minus sign counts only after a non-digit."""
    found = None
    for match in _NUMBER.finditer(text):
        token = match.group().replace(",", "")
        if token.startswith("-") and match.start() > 0 and (text[match.start() - 1].isalnum()):
            token = token[1:]
        value = float(token)
        if math.isfinite(value):
            found = value
    return found


def is_right(found: float | None, answer: float) -> bool:
    """Whether a number was found and lies within `TOLERANCE` of the reference."""
    return found is not None and abs(found - answer) <= TOLERANCE
