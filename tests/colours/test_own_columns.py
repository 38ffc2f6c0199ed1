"""Colours from a person's own columns: numbers twice, categories by frequency, and what is no number among numbers."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.colours.columns import own_colours, read_column, read_columns
from hypviz.palette import GREY, TEN
from hypviz.records.columns import NUMERIC_SHARE, ColumnReading, TokenColumn, TokenColumns
from hypviz.records.disk_view import DiskColour

NAMES = ("own: x", "own: x, by quantile")


def column(*cells: str, name: str = "x") -> TokenColumn:
    return TokenColumn(name=name, cells=cells)


def table(*columns: TokenColumn, **given) -> TokenColumns:
    tokens = tuple(f"t{k}" for k in range(len(columns[0].cells)))
    return TokenColumns(**({"name": "f", "by": "token", "by_id": False, "tokens": tokens, "columns": columns, "fingerprint": ""} | given))


def read(*cells: str, separator: str = ",") -> ColumnReading:
    return read_column(column(*cells), NAMES, separator=separator)


def coloured(*cells: str) -> dict[str, DiskColour]:
    """With one token more than rows."""
    return own_colours(column(*cells), read(*cells), np.array([*range(len(cells)), -1]), "none")


def test_numbers_are_offered_by_value_and_by_quantile_and_empty_cells_have_none():
    found = coloured("1.5", " -2e3 ", "", "NA", "7")
    assert tuple(found) == NAMES
    for name, colour in found.items():
        assert colour.groups is None and colour.by_quantile == name.endswith("quantile") and colour.missing == "none"
        assert np.array_equal(colour.values, [1.5, -2000.0, np.nan, np.nan, 7.0, np.nan], equal_nan=True)


@pytest.mark.parametrize("odd", ["inf", "-Infinity", "?", "1,5", "1e999", "=1+1", "1_000", "five", "5 %", "0x10"])
def test_one_odd_cell_among_numbers_is_missing_and_counted(odd):
    cells = [f"{k}.5" for k in range(39)]
    cells.insert(17, odd)
    found = read(*cells)
    assert found.names == NAMES and (found.n_known, found.n_numbers) == (40, 39)
    assert (found.odd, found.first_odd) == ((odd,), 17)
    assert np.flatnonzero(np.isnan(found.values)).tolist() == [17] and np.isfinite(found.values).sum() == 39


def test_the_share_of_numbers_decides_between_numbers_and_categories():
    n = 100
    most = round(n * (1 - NUMERIC_SHARE))
    for n_odd, is_number in ((0, True), (most, True), (most + 1, False), (n, False)):
        found = read(*["?"] * n_odd, *[f"{k}" for k in range(n - n_odd)], "", "-")
        assert (found.values is not None) == is_number and (found.n_known, found.n_numbers) == (n, n - n_odd)
        assert len(found.names) == 1 + is_number and found.first_odd == (0 if n_odd else None)


def test_below_that_share_every_cell_is_a_category():
    for odd in ("=1+1", "1_000", "inf", "x"):
        (colour,) = coloured("1", odd, "1", "-").values()
        assert [group.name for group in colour.groups] == ["1", odd]
        assert np.array_equal(colour.values, [0, 1, 0, np.nan, np.nan], equal_nan=True)


def test_decimal_commas_are_read_where_more_cells_are_numbers_with_them():
    found = read("0,5", "-1,25e2", "3", "", separator=";")
    assert np.array_equal(found.values, [0.5, -125.0, 3.0, np.nan], equal_nan=True) and found.decimal_comma == "0,5" and not found.odd
    mostly = read(*[f"{k},5" for k in range(50)], "7.5", separator=";")
    assert mostly.odd == ("7.5",) and np.isnan(mostly.values[-1]) and mostly.values[3] == 3.5
    points = read(*[f"{k}.5" for k in range(50)], "7,5", separator=";")
    assert points.odd == ("7,5",) and points.decimal_comma == "" and points.values[3] == 3.5
    assert read("7", "8", "9").decimal_comma == ""  # whole numbers have none


def test_what_may_be_thousands_is_read_only_where_commas_do_not_part_the_cells():
    cells = ("1,234", "12,345", "999")
    assert np.array_equal(read(*cells, separator=";").values, [1.234, 12.345, 999.0])
    found = read(*cells)
    assert found.values is None and found.doubtful == "1,234" and found.names == NAMES[:1]
    assert np.array_equal(read("1,234", "0,125").values, [1.234, 0.125])  # 0,125 are no thousands
    assert read("1,234,567", "2,345,678").values is None


def test_up_to_ten_categories_have_a_colour_each_and_of_more_the_nine_most_frequent():
    ten = [f"c{k}" for k in range(10)]
    (colour,) = coloured(*ten).values()
    assert [group.colour for group in colour.groups] == list(TEN)
    many = [f"c{k:02}" for k in range(14) for _ in range(20 - k)]
    (colour,) = coloured(*many).values()
    assert [group.name for group in colour.groups] == [f"c{k:02}" for k in range(9)] + ["other"]
    assert colour.groups[-1].colour == GREY and "5 more" in colour.groups[-1].label
    assert (colour.values == 9).sum() == sum(20 - k for k in range(9, 14))


@pytest.mark.parametrize("own", [("other",), ("other", "all others"), ("other", "all others", "all others (2)")])
def test_a_category_with_the_name_of_the_others_stays_its_own(own):
    cells = [*own * 30, *(f"c{k:02}" for k in range(14) for _ in range(15 - k))]
    (colour,) = coloured(*cells).values()
    names = [group.name for group in colour.groups]
    assert set(own) <= set(names) and len(set(names)) == len(names) == 10 and colour.groups[-1].colour == GREY
    assert (colour.values == names.index("other")).sum() == 30


def test_the_menu_has_the_names_before_anything_is_joined():
    found = read_columns(table(column("1", "2"), column("p", "", name="y")))
    assert [reading.names for reading in found] == [NAMES, ("own: y",)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_column_named_like_a_colouring_of_another_keeps_its_name(order):
    three = [column("1", "2", name=name) for name in ("x", "x, by quantile", "x, by quantile (2)")]
    found = read_columns(table(*(three[k] for k in order)))
    names = [name for reading in found for name in reading.names]
    assert len(set(names)) == len(names) == 6
    for each, k in zip(found, order, strict=True):
        assert each.names[0] == f"own: {three[k].name}"
        colours = own_colours(three[k], each, np.array([0, 1]), "none")
        assert [colour.by_quantile for colour in colours.values()] == [False, True]


def test_a_column_without_any_cell_colours_nothing():
    (colour,) = coloured("", "").values()
    assert colour.groups == () and np.isnan(colour.values).all()
