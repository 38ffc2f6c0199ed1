"""What the two rules of the lm-evaluation-harness share: an answer is a piece of text, and is right if it is the reference's text.

Source: the task gsm8k of EleutherAI's lm-evaluation-harness (version 3.0 of the task): commas, dollar signs, everything up to "#### " and
a full stop at the end are taken out of both sides, and case does not count. No number is computed, so 72.0 is not 72.
"""

from __future__ import annotations

import re
from fractions import Fraction

from hypviz.records.problems import Problem, write_answer

_IGNORED = (re.compile(","), re.compile(r"\$"), re.compile(r"(?s).*#### "), re.compile(r"\.$"))


def compared(text: str) -> str:
    """What of a text is compared."""
    for pattern in _IGNORED:
        text = pattern.sub("", text)
    return text.lower()


def is_same(value: Fraction | str, problem: Problem) -> bool:
    """Whether a piece of text is the reference, as the file gave it."""
    gold = compared(problem.given) if problem.given is not None else ""
    return isinstance(value, str) and value == (gold or write_answer(problem.answer).lower())
