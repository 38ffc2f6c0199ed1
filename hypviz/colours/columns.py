"""Colours from a person's own columns: numbers by value and by quantile, categories by name.

In: a column's name and cells, and for every token the row that it takes its cell from. Out: what the column holds, a `ColumnReading`, and
from it `DiskColour`s by the names of their menu. A column is one of numbers where nearly all of its known cells are finite numbers
(`NUMERIC_SHARE`); the others then count as missing, and the reading says how many they are and what they hold. A column of more than ten
categories shows the nine most frequent ones, and all others as one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Integer

from hypviz.colours.base import FIRST_SHAPE
from hypviz.colours.looks import SCALE
from hypviz.palette import GREY, TEN
from hypviz.records.columns import NUMERIC_SHARE, ColumnReading, TokenColumn, TokenColumns, free_name
from hypviz.records.disk_view import DiskColour, Group

OWN = "own: "  # before a column's name, which may be that of a colouring that ships
QUANTILE = ", by quantile"
OTHER, ALL_OTHERS = "other", "all others"  # the second where a category has the name of the first
NONE = ("", "-", "na", "n/a", "nan", "none", "null")  # cells that hold nothing, in lower case
ODD_SHOWN = 3
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def read_columns(columns: TokenColumns) -> tuple[ColumnReading, ...]:
    """What each column holds; every colouring has a name of its own, those of the columns themselves before those made from one."""
    taken = {f"{OWN}{column.name}" for column in columns.columns}
    found: list[ColumnReading] = []
    for column in columns.columns:
        name = f"{OWN}{column.name}"
        by_quantile = free_name(f"{name}{QUANTILE}", taken)
        reading = read_column(column, (name, by_quantile), separator=columns.separator)
        taken.update(reading.names)
        found.append(reading)
    return tuple(found)


def read_column(column: TokenColumn, names: tuple[str, str], *, separator: str = ",") -> ColumnReading:
    """Numbers or categories; `names` are for the colourings of numbers by value and by quantile, the first also for categories.

    Decimal commas are read where more cells are numbers with them than with points. In a file that is `separator`-separated by commas,
    cells such as 1,234 throughout may as well be thousands, and are then no numbers.
    """
    counted = Counter(cell.strip() for cell in column.cells)
    known = {cell: n for cell, n in counted.items() if not _is_none(cell)}
    points = _read(known, _number)
    commas = _read(known, _comma_number) if any("," in cell for cell in known) else {}
    has_commas = _count(known, commas) > _count(known, points)
    numbers = commas if has_commas else points
    n_known, n_numbers = sum(known.values()), _count(known, numbers)
    is_numeric = n_known > 0 and n_numbers >= NUMERIC_SHARE * n_known
    written = [cell for cell in numbers if "," in cell]
    is_doubtful = is_numeric and has_commas and separator == "," and all(_THOUSANDS.fullmatch(cell) for cell in written)
    odd = [cell for cell in known if cell not in numbers]
    is_read = is_numeric and not is_doubtful
    return ColumnReading(
        names=names if is_read else names[:1],
        values=np.array([numbers.get(cell.strip(), np.nan) for cell in column.cells], dtype=np.float64) if is_read else None,
        n_known=n_known,
        n_numbers=n_numbers,
        odd=tuple(odd[:ODD_SHOWN]),
        first_odd=next(row for row, cell in enumerate(column.cells) if cell.strip() == odd[0]) if odd else None,
        decimal_comma=written[0] if is_read and has_commas else "",
        doubtful=written[0] if is_doubtful else "",
    )


def own_colours(column: TokenColumn, reading: ColumnReading, row: Integer[np.ndarray, " n"], missing: str) -> dict[str, DiskColour]:
    """The colourings of a column by name, for tokens that take their cells from `row` (n,), -1 for none; `missing` is for the legend."""
    if reading.values is None:
        return {reading.names[0]: _categories(column, row, missing)}
    values = np.where(row >= 0, reading.values[row], np.nan)
    return {
        name: DiskColour(label=column.name, values=values, missing=missing, stops=SCALE, by_quantile=by_quantile)
        for name, by_quantile in zip(reading.names, (False, True), strict=True)
    }


def _is_none(cell: str) -> bool:
    return cell.strip().lower() in NONE


def _read(cells: Iterable[str], number: Callable[[str], float]) -> dict[str, float]:
    """The finite numbers by the cells that write them."""
    return {cell: value for cell in cells if math.isfinite(value := number(cell))}


def _count(known: dict[str, int], numbers: dict[str, float]) -> int:
    """How many cells are numbers."""
    return sum(known[cell] for cell in numbers)


def _number(cell: str) -> float:
    """Not a number where the cell is none."""
    try:
        return float(cell) if "_" not in cell else math.nan
    except ValueError:
        return math.nan


def _comma_number(cell: str) -> float:
    """The same where a comma stands before the decimals, and a point nowhere."""
    if _COMMA.fullmatch(cell):
        return _number(cell.replace(",", "."))
    return math.nan if "." in cell else _number(cell)


def _categories(column: TokenColumn, row: Integer[np.ndarray, " n"], missing: str) -> DiskColour:
    places: list[int] = row.tolist()
    cells = [None if at < 0 or _is_none(column.cells[at]) else column.cells[at].strip() for at in places]
    counted = Counter(cell for cell in cells if cell is not None)
    ranked = sorted(counted, key=lambda cell: (-counted[cell], cell))
    shown = ranked if len(ranked) <= len(TEN) else ranked[: len(TEN) - 1]
    codes = {cell: code for code, cell in enumerate(shown)}
    groups = [Group(name=cell, label=cell, colour=TEN[code], shape=FIRST_SHAPE) for cell, code in codes.items()]
    if len(ranked) > len(shown):
        others = OTHER if OTHER not in counted else free_name(ALL_OTHERS, counted)
        label = f"{others} ({len(ranked) - len(shown):,} more)"
        groups.append(Group(name=others, label=label, colour=GREY, shape=FIRST_SHAPE))
    values = np.array([np.nan if cell is None else codes.get(cell, len(shown)) for cell in cells], dtype=np.float64)
    return DiskColour(label=column.name, values=values, groups=tuple(groups), missing=missing)
