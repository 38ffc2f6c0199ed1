"""Reference answers in a problem file: every one is read exactly, as a number of JSON and as a text, or it is refused and counted."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from hypviz.corpora import problems_from_bytes
from hypviz.errors import HypvizError
from tests.problems.test_careful import CELLS, REFUSED

# literals of JSON that a float would change, or write in another way, with what they are worth
LITERALS = {
    "1e-05": "1/100000", "1E16": "10000000000000000", "1e+16": "10000000000000000", "123456789012345678": "123456789012345678",
    "-4.50": "-9/2",
    "0.1": "1/10", "0.30000000000000004": "30000000000000004/100000000000000000", "-0": "0", "-0.0": "0", "1.0": "1", "42.000": "42",
    "9007199254740993": "9007199254740993", "0.1234567890123456789": "1234567890123456789/10000000000000000000", "2.5e-3": "1/400",
    "1e2": "100", "-1E-2": "-1/100",
}  # fmt: skip
TEXTS = {
    "−5": "-5", "-$4.50": "-9/2", "9{,}500": "9500", "3 5/8": "29/8", "1/2": "1/2", "#### 1/2": "1/2", "1.5e3": "1500", "10^4": "10000",
    "1.2k": "1200", "#### 42 (apples: 12+30)": "42", "Then 3 * 4 = 12.\n#### 12": "12",
}  # fmt: skip


def test_there_are_more_than_120_of_them() -> None:
    assert len(CELLS | TEXTS) + len(LITERALS) >= 120


@pytest.mark.parametrize(("cell", "value"), [*((json.dumps(text), value) for text, value in (CELLS | TEXTS).items()), *LITERALS.items()])
def test_a_reference_answer_of_a_file_is_read_exactly(cell: str, value: str) -> None:
    (problem,) = problems_from_bytes(f'{{"question": "How many?", "answer": {cell}}}'.encode(), "gold.jsonl").problems
    assert problem.answer == Fraction(value) and problem.kind == "number"


def test_what_cannot_be_read_is_counted_with_reasons() -> None:
    rows = [{"question": f"How many, {i}?", "answer": "7"} for i in range(200)]
    rows += [{"question": f"And {i}?", "answer": cell} for i, cell in enumerate(REFUSED)]
    found = problems_from_bytes("\n".join(map(json.dumps, rows)).encode(), "gold.jsonl")
    assert len(found.problems) == 200 and found.n_skipped == len(REFUSED) and len(found.skipped) == 3


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e400", "1" * 5000])
def test_a_number_that_no_problem_has_is_refused(literal: str) -> None:
    with pytest.raises(HypvizError, match=r"gold\.jsonl"):
        problems_from_bytes(f'{{"question": "How many?", "answer": {literal}}}'.encode(), "gold.jsonl")
