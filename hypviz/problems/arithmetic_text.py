"""Plain arithmetic as it is written in a line: numbers with + - * / x and parentheses, worked out exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from hypviz.problems.notation import MAX_DIGITS

_TOKEN = re.compile(r"\s*(?:\$\s*)?(?:((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(\s?%)?|([-+*/×÷x()]))")
_DEPTH = 20
_OPERATE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "×": lambda a, b: a * b,
    "x": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "÷": lambda a, b: a / b,
}
Token = Fraction | str


def arithmetic_value(text: str) -> Fraction | None:
    """What the whole text comes to; None where it is no arithmetic, divides by zero, or is longer or nested deeper than anyone writes."""
    tokens = _tokens(text)
    if not tokens:
        return None
    try:
        value, place = _sum(tokens, 0, _DEPTH)
    except (_NoArithmetic, ZeroDivisionError):
        return None
    return value if place == len(tokens) else None


class _NoArithmetic(Exception):
    pass


def _tokens(text: str) -> list[Token] | None:
    found: list[Token] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        digits, percent, sign = match.groups()
        if digits is not None and len(digits) > MAX_DIGITS:
            return None
        found.append(sign if digits is None else Fraction(digits.replace(",", "")) / (100 if percent else 1))
        place = match.end()
    return found


def _sum(tokens: list[Token], place: int, depth: int) -> tuple[Fraction, int]:
    return _chain(tokens, place, depth, "+-", _product)


def _product(tokens: list[Token], place: int, depth: int) -> tuple[Fraction, int]:
    return _chain(tokens, place, depth, "*×x/÷", _one)


def _chain(
    tokens: list[Token], place: int, depth: int, signs: str, part: Callable[[list[Token], int, int], tuple[Fraction, int]]
) -> tuple[Fraction, int]:
    """Parts joined by the signs, from left to right: what they come to, and the place after them."""
    value, place = part(tokens, place, depth)
    while place < len(tokens) and isinstance(sign := tokens[place], str) and sign in signs:
        other, place = part(tokens, place + 1, depth)
        value = _OPERATE[sign](value, other)
    return value, place


def _one(tokens: list[Token], place: int, depth: int) -> tuple[Fraction, int]:
    if place >= len(tokens) or not depth:
        raise _NoArithmetic
    token = tokens[place]
    if isinstance(token, Fraction):
        return token, place + 1
    if token == "-":
        value, place = _one(tokens, place + 1, depth - 1)
        return -value, place
    if token != "(":
        raise _NoArithmetic
    value, place = _sum(tokens, place + 1, depth - 1)
    if place >= len(tokens) or tokens[place] != ")":
        raise _NoArithmetic
    return value, place + 1
