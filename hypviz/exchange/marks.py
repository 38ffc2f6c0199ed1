"""One text marked by a rule of a name, as the answer to a problem: what is read, and whether it is right.

In: a problem, a text, whether it was cut. Out: a `Verdict`. The rules themselves are `hypviz.marking`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypviz.marking import RULES
from hypviz.records.problems import Problem

PAPER = "paper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one rule finds in an answer (None for nothing), and whether that is right."""

    rule: str
    value: Fraction | str | None
    right: bool


def judge(rule: str, text: str, problem: Problem, *, cut: bool = False) -> Verdict:
    """The verdict on `text`, all of which is the answer; `HypvizError` for a rule that is none."""
    entry = RULES.require(rule)
    found = entry.read(text, problem, cut=cut)
    return Verdict(
        rule=rule, value=None if found is None else found.value, right=found is not None and entry.is_right(found.value, problem)
    )
