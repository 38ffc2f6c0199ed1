"""Steps of worked answers: which equations are found in a text, and which are true."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.marking import check_steps


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("Natalia sold 48/2 = 24 clips in May, then 48+24 = 72.", [("48/2 = 24", True), ("48+24 = 72", True)]),
        ("<<48/2=24>>12 + 30 = 41", [("12 + 30 = 41", False)]),
        ("She pays 3 x $4 = $12.", [("3 x $4 = $12", True)]),
        ("2 * 3 = 6 + 1 = 7", [("2 * 3 = 6", True), ("6 + 1 = 7", True)]),
        ("5 + 5 = 5 * 2", [("5 + 5 = 5", True)]),
        ("10 / 3 = 3.33, 10 / 3 = 3.34", [("10 / 3 = 3.33", True), ("10 / 3 = 3.34", False)]),
        ("7 / 2 = 4 but 100 / 3 = 33", [("7 / 2 = 4", False), ("100 / 3 = 33", True)]),
        ("20% * 50 = 10 and 30 / 100 = 30%", [("20% * 50 = 10", True), ("30 / 100 = 30%", True)]),
        ("(2 + 3) × 4 = 20", [("(2 + 3) × 4 = 20", True)]),
        ("12 − 5 = 7", [("12 − 5 = 7", True)]),
        ("1,200 + 34 = 1,234", [("1,200 + 34 = 1,234", True)]),
        ("In step 2, 3 + 4 = 8", [("3 + 4 = 8", False)]),
        ("8 - 10 = -2", [("8 - 10 = -2", True)]),
        ("6 / 0 = 0", []),
        ("5 apples - 2 = 3", []),
        ("x = 5, 2x + 3 = 7, 2x - 3 = 7", []),
        ("3 = 3 and = 4", []),
        ("nothing", []),
    ],
)
def test_the_equations_of_a_text(text: str, steps: list[tuple[str, bool]]) -> None:
    assert [(text[step.start : step.end], step.is_right) for step in check_steps(text)] == steps


@given(st.integers(0, 999), st.integers(1, 999), st.sampled_from("+-*/"), st.integers(-3, 3))
def test_a_step_is_right_if_it_is_true(a: int, b: int, sign: str, off: int) -> None:
    value = {"+": Fraction(a + b), "-": Fraction(a - b), "*": Fraction(a * b), "/": Fraction(a, b)}[sign]
    if value.denominator > 1:
        return
    (step,) = check_steps(f"So {a} {sign} {b} = {value + off}.")
    assert step.value == value and step.written == value + off and step.is_right == (off == 0)


def test_long_and_nested_texts_are_read_in_no_time() -> None:
    assert check_steps("(" * 100_000 + "1" + ")" * 100_000 + " = 1") == ()
    assert all(step.end - step.start <= 210 for step in check_steps("1+" * 50_000 + "1 = 2"))


@pytest.mark.parametrize("text", ["1 + 1 = " + "9" * 5000, "9" * 5000 + " + 1 = 2", "1 + 1 = 1" + ",000" * 3000])
def test_a_number_that_is_longer_than_any_answer_is_no_step(text: str) -> None:
    assert all(abs(step.written) < 10**200 for step in check_steps(text))
    assert check_steps("1 + 1 = 2, " + text)[0].is_right
