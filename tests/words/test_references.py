"""The reference as its file gave it: on the page, and in the table to take away, which is still made again from its value."""

from __future__ import annotations

import csv
import dataclasses
import io
from fractions import Fraction

import pytest

from hypviz.exchange.again import again, is_ours
from hypviz.exchange.table import rows_csv
from hypviz.records.problems import TEXT, Problem
from hypviz.words.references import as_given, expected_words
from tests.scoring.records import answers, sampled


def asked(given: str | None, answer: Fraction | str, kind: str = "number") -> Problem:
    return Problem(question=f"q {given}", solution="", answer=answer, skill="file", source="f", given=given, kind=kind)


@pytest.mark.parametrize(
    ("given", "answer", "kind", "short", "words"),
    [
        ("3/4", Fraction(3, 4), "number", "3/4", "3/4 (0.75)"),
        ("$9.00", Fraction(9), "number", "$9.00", "$9.00 (9)"),
        ("####7", Fraction(7), "number", "7", "7"),
        (None, Fraction(7), "number", "7", "7"),
        ("It is\n7", Fraction(7), "number", "7", "7"),
        ("seven " * 9, Fraction(7), "number", "7", "7"),
        ("2", "ending3", TEXT, "ending3", "ending3"),
    ],
)
def test_what_is_shown_of_a_reference(given: str | None, answer: Fraction | str, kind: str, short: str, words: str) -> None:
    assert (as_given(asked(given, answer, kind)), expected_words(asked(given, answer, kind))) == (short, words)


def test_the_table_has_both_and_its_marks_are_made_again_from_the_value() -> None:
    found = sampled([{"base": answers([0.75, 8.0])}], [], [asked("3/4", Fraction(3, 4)), asked("$9.00", Fraction(9))])
    data = rows_csv(dataclasses.replace(found))
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [(row["expected"], row["value"]) for row in rows] == [("3/4", "0.75"), ("$9.00", "9")]
    assert is_ours(data) and not again(data, "x.csv").parted and again(data, "x.csv").right["base"]["careful"] == 1
    heads, *lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    before = io.StringIO(newline="")  # as it was written when `expected` held the value
    csv.writer(before).writerows([line[:2] + line[3:] for line in (["expected" if h == "value" else h for h in heads], *lines)])
    assert is_ours(before.getvalue().encode()) and not again(before.getvalue().encode(), "x.csv").parted
