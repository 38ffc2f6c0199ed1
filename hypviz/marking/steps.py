"""Worked answers, step by step: every "a op b = c" in a text, and whether it is true.

In: a text. Out: the steps with where they stand and what their left sides come to, in exact numbers; "2 * 3 = 6 + 1 = 7" is two steps.
What is not plain arithmetic over numbers (+ - * / and parentheses) is no step, and is left out. A rounded result counts as right: one
with decimals where it is the value rounded to as many, a whole one only where the value's decimals never end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hypviz.problems.arithmetic_text import arithmetic_value
from hypviz.problems.notation import trace
from hypviz.problems.tracing import Traced
from hypviz.records.numbers import decimal_places

LONGEST = 200  # signs of one side
_SIGNS = r"(?:[\d.,\s+\-*/×÷()$%]|x(?=\s*[\d($.]))"
_LEFT = re.compile(rf"{_SIGNS}*$")
_BREAK = re.compile(r"[,;.]\s|\n")
_NUMBER = re.compile(r"\s*\$?\s*-?\s*\$?\s*(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)%?")
_RIGHT = re.compile(rf"\s*{_SIGNS}*")
_END = re.compile(r"[\s,.($+\-*/×÷]+$")
_OPERATED = re.compile(r"[\d)%]\s*[+\-*/×÷x]\s*[\d($.\-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One equation, from `start` to `end` of the text: the number on its right, and what its left side comes to."""

    start: int
    end: int
    written: Fraction
    value: Fraction
    is_right: bool


def check_steps(text: str) -> tuple[Step, ...]:
    """Every step of a worked text, in order."""
    traced = trace(text)
    return tuple(_steps(traced))


def _steps(traced: Traced) -> Iterator[Step]:
    plain, before = traced.text, 0
    for sign in re.finditer("=", plain):
        floor, before = max(before, sign.start() - LONGEST), sign.end()
        left = _left(plain, floor, sign.start())
        number = _NUMBER.match(plain, sign.end())
        if left is None or number is None:
            continue
        value, written = arithmetic_value(plain[left : sign.start()]), arithmetic_value(number.group())
        if value is None or written is None:
            continue
        right = _END.sub("", _RIGHT.match(plain, sign.end(), sign.end() + LONGEST).group())  # pyright: ignore[reportOptionalMemberAccess]
        agrees = _agrees(value, written, number.group()) or arithmetic_value(right) == value
        start, end = traced.spot(left, number.end())
        yield Step(start=start, end=end, written=written, value=value, is_right=agrees)


def _left(plain: str, floor: int, end: int) -> int | None:
    """Where the arithmetic before an equals sign begins; None where there is none, or where it hangs on something that is no number."""
    match = _LEFT.search(plain, floor, end)
    if match is None:
        return None
    start = match.start()
    for gap in _BREAK.finditer(plain, start, end):
        start = gap.end()
    start += len(plain[start:end]) - len(plain[start:end].lstrip(" .,\t\n"))
    side = plain[start:end]
    if side[:1] in "+*/×÷" or (side[:1] == "-" and plain[:start].rstrip()[-1:].isalnum()):
        return None  # also of nothing: the rest of "5 apples - 2 ="
    return start if _OPERATED.search(side) else None


def _agrees(value: Fraction, written: Fraction, digits: str) -> bool:
    if value == written:
        return True
    if digits.rstrip().endswith("%"):
        return False
    places = len(digits.strip().partition(".")[2])
    never_ends = decimal_places(value.denominator) is None
    return (places > 0 or never_ends) and abs(value - written) <= Fraction(1, 2 * 10**places)
