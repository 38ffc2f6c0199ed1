"""What is said of a column that is not plainly numbers or categories."""

from __future__ import annotations

import pytest

from hypviz.colours.columns import read_columns
from hypviz.records.columns import NUMERIC_SHARE, TokenColumn, TokenColumns
from hypviz.words.columns import reading_sentence
from hypviz.words.numbers import share


def said(*cells: str, rows: bool = True, name: str = "x", separator: str = ",") -> str:
    column = TokenColumn(name=name, cells=cells)
    columns = TokenColumns(
        name="f.csv",
        by="token",
        by_id=False,
        tokens=tuple(f"t{k}" for k in range(len(cells))),
        columns=(column,),
        fingerprint="",
        rows=tuple(range(2, len(cells) + 2)) if rows else (),
        separator=separator,
    )
    (reading,) = read_columns(columns)
    return reading_sentence(name, reading, columns)


NUMBERS = tuple(str(k) for k in range(96))


@pytest.mark.parametrize("cells", [NUMBERS, ("a", "b", "c"), ("a", "b", "c", "1"), ("", "-")])
def test_of_a_plain_column_nothing_is_said(cells):
    assert said(*cells) == ""


def test_odd_cells_are_counted_and_the_first_is_named_with_its_row():
    assert said(*NUMBERS, "?") == "“x” is read as numbers: 1 cell holds none and counts as missing; the first, “?”, stands in row 98."
    words = said("inf", *NUMBERS, "?", "inf")
    assert "3 of 99 cells hold none and count as missing" in words and "the first, “inf”, stands in row 2, others are “?”" in words
    assert "beside the token “t96”" in said(*NUMBERS, "?", rows=False)


def test_categories_are_said_where_a_third_are_numbers():
    words = said("1", "?", "2")
    assert (
        f"categories, for only 2 of its 3 cells are numbers, fewer than {share(NUMERIC_SHARE)}" in words and "“?”, stands in row 3" in words
    )
    assert said("1", "a", "b") and not said("1", "a", "b", "c")


def test_commas_are_said():
    assert said("0,5", "1", separator=";") == "“x” is written with decimal commas: “0,5” is read as 0.5."
    words = said("1,234", "5,678")
    assert "1.234 or 1234" in words and words.count(".") == 2


def test_a_sentence_stays_short_and_on_one_line():
    words = said("1", "2", "a\n\ud800" * 900, name="n\t" * 900)
    assert len(words) < 300 and "\n" not in words and words.encode("utf-8")
