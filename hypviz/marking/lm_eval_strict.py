"""The strict rule of the lm-evaluation-harness: what stands after the first ``#### ``."""

from __future__ import annotations

import re

from hypviz.marking.entry import Found, MarkingRule, spot
from hypviz.marking.lm_eval import compared, is_same
from hypviz.records.problems import NUMBER, Problem

_MARKED = re.compile(r"#### (\-?[0-9\.\,]+)")


def _read(text: str, problem: Problem, *, cut: bool = False) -> Found | None:
    match = _MARKED.search(text)
    return None if match is None else spot(*match.span(1), compared(match.group(1)))


ENTRY = MarkingRule(
    name="lm-eval-strict",
    label="lm-eval strict",
    help="the number after the first ####, as the lm-evaluation-harness takes it; compared as text",
    order=40,
    read=_read,
    is_right=is_same,
    sentence='right by the strict rule of the lm-evaluation-harness when the digits after its first "#### " are those of the reference.',
    kinds=(NUMBER,),
    needs_form=True,
)
