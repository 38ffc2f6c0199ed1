"""The flexible rule of the lm-evaluation-harness: the last run of two or more digits, points, commas and dollar signs, or of digits."""

from __future__ import annotations

import re

from hypviz.marking.entry import Found, MarkingRule, spot
from hypviz.marking.lm_eval import compared, is_same
from hypviz.records.problems import NUMBER, Problem

_LIKE_A_NUMBER = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")


def _read(text: str, problem: Problem, *, cut: bool = False) -> Found | None:
    last = max(_LIKE_A_NUMBER.finditer(text), key=lambda match: match.start(), default=None)
    return None if last is None else spot(last.start(), last.end(), compared(last.group()))


ENTRY = MarkingRule(
    name="lm-eval-flexible",
    label="lm-eval flexible",
    help="the last thing like a number, as the lm-evaluation-harness takes it; compared as text",
    order=50,
    read=_read,
    is_right=is_same,
    sentence="right by the flexible rule of the lm-evaluation-harness when the last thing like a number has the digits of the reference.",
    kinds=(NUMBER,),
)
