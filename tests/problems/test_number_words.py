"""Numbers in words, and plain arithmetic in a line: what they are worth, and what is none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hypviz.problems.arithmetic_text import arithmetic_value
from hypviz.problems.number_words import worded_number


@pytest.mark.parametrize(
    ("text", "value", "read"),
    [
        ("zero", 0, "zero"),
        ("twelve marbles", 12, "twelve"),
        ("forty-two", 42, "forty-two"),
        ("One hundred and five apples", 105, "One hundred and five"),
        ("two thousand, three hundred", 2300, "two thousand, three hundred"),
        ("three million four thousand and one", 3_004_001, "three million four thousand and one"),
        ("nine hundred ninety nine thousand", 999_000, "nine hundred ninety nine thousand"),
        ("hundred", None, ""),
        ("two three", None, ""),
        ("forty zero", None, ""),
        ("twenty hundred", None, ""),
        ("two thousand three million", None, ""),
        ("two and a half", None, ""),
        ("three quarters", None, ""),
        ("five dozen", None, ""),
        ("apples", None, ""),
        ("", None, ""),
    ],
)
def test_a_number_in_words(text: str, value: int | None, read: str) -> None:
    found = worded_number(text)
    assert (None if found is None else (found.value, text[found.start : found.end])) == (None if value is None else (value, read))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 + 4 * 5", "23"),
        ("(3 + 4) * 5", "35"),
        ("-(2 - 5)", "3"),
        ("2 - -5", "7"),
        ("7 / 2 / 2", "7/4"),
        ("1,200 ÷ 4", "300"),
        ("$3 x 4", "12"),
        ("50 % * 8", "4"),
        (".5 × 4", "2"),
        ("1 / 0", None),
        ("3 +", None),
        ("* 3", None),
        ("(3", None),
        ("3)", None),
        ("3 4", None),
        ("3 + y", None),
        ("", None),
        ("(" * 40 + "1" + ")" * 40, None),
    ],
)
def test_arithmetic_in_a_line(text: str, value: str | None) -> None:
    assert arithmetic_value(text) == (None if value is None else Fraction(value))
