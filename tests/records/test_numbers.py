"""Exact numbers: every digit is written, read back and kept by records."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.records.numbers import exact, json_number, show_number, write_number
from hypviz.records.problems import Problem


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        (Fraction("13451.36"), "13451.36"),
        (Fraction(1, 100_000), "0.00001"),
        (Fraction(10**16), "10000000000000000"),
        (Fraction(-9, 2), "-4.5"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-22, 7), "-22/7"),
        (Fraction(0), "0"),
    ],
)
def test_all_digits_are_written(value: Fraction, digits: str) -> None:
    assert write_number(value) == show_number(value) == digits


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_decimals_come_back(value: Decimal) -> None:
    assert Fraction(write_number(Fraction(value))) == Fraction(value)
    assert "e" not in write_number(Fraction(value)).lower()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_its_shortest_digits(value: float) -> None:
    assert float(exact(value)) == value and exact(value) == Fraction(Decimal(repr(value)))


def test_numbers_longer_than_python_prints_are_written_and_kept() -> None:
    huge = Fraction(10**6000 + 7)
    assert write_number(huge) == "1" + "0" * 5999 + "7" and show_number(huge) == "≈ 1.00000e+6000"
    problem = Problem(question="q", solution="s", answer=huge / 3, skill="file", source="f", given="9")
    assert Problem.from_json(problem.to_json()) == problem and isinstance(json_number(huge), str)


@given(st.fractions())
def test_json_holds_the_number_or_its_text(value: Fraction) -> None:
    written = json_number(value)
    assert json.loads(json.dumps(written)) == written
    assert (Fraction(written) if isinstance(written, str) else exact(written)) == value
    assert json_number(None) is None and show_number(None) == "none"


def test_what_is_not_finite_is_no_answer() -> None:
    for value in (float("nan"), float("inf"), Decimal("NaN")):
        with pytest.raises(ValueError, match="not a finite number"):
            exact(value)
