"""Colours from a person's own columns: numbers twice, categories by frequency."""

from __future__ import annotations

import numpy as np

from hypviz.colours.columns import own_colours, own_names
from hypviz.palette import GREY, TEN
from hypviz.records.columns import TokenColumn, TokenColumns


def column(*cells: str) -> TokenColumn:
    return TokenColumn(name="x", cells=cells)


def test_numbers_are_offered_by_value_and_by_quantile_and_empty_cells_have_none():
    cells = ("1.5", " -2e3 ", "", "NA", "7")
    found = own_colours(column(*cells), [*cells, None], "no value in f")
    assert list(found) == ["own: x", "own: x, by quantile"]
    for name, colour in found.items():
        assert colour.groups is None and colour.by_quantile == name.endswith("quantile") and colour.missing == "no value in f"
        assert np.array_equal(colour.values, [1.5, -2000.0, np.nan, np.nan, 7.0, np.nan], equal_nan=True)


def test_one_cell_that_is_no_number_makes_categories_and_a_formula_is_one():
    for odd in ("=1+1", "1_000", "inf", "x"):
        cells = ("1", odd, "1", "-")
        (colour,) = own_colours(column(*cells), list(cells), "none").values()
        assert [group.name for group in colour.groups] == ["1", odd]
        assert np.array_equal(colour.values, [0, 1, 0, np.nan], equal_nan=True)


def test_up_to_ten_categories_have_a_colour_each_and_of_more_the_nine_most_frequent():
    ten = [f"c{k}" for k in range(10)]
    (colour,) = own_colours(column(*ten), ten, "none").values()
    assert [group.colour for group in colour.groups] == list(TEN)
    many = [f"c{k:02}" for k in range(14) for _ in range(20 - k)]
    (colour,) = own_colours(column(*many), many, "none").values()
    assert [group.name for group in colour.groups] == [f"c{k:02}" for k in range(9)] + ["other"]
    assert colour.groups[-1].colour == GREY and "5 more" in colour.groups[-1].label
    assert (colour.values == 9).sum() == sum(20 - k for k in range(9, 14))


def test_the_menu_has_the_names_before_anything_is_joined():
    columns = TokenColumns(
        name="f",
        by="token",
        by_id=False,
        tokens=("a", "b"),
        columns=(column("1", "2"), TokenColumn(name="y", cells=("p", ""))),
        fingerprint="",
    )
    assert own_names(columns) == ("own: x", "own: x, by quantile", "own: y")


def test_a_column_without_any_cell_colours_nothing():
    (colour,) = own_colours(column("", ""), ["", None], "none").values()
    assert colour.groups == () and np.isnan(colour.values).all()
