"""Colours from a person's own columns: numbers by value and by quantile, categories by name.

In: a column's name and its cell for every token, None where a token has none. Out: `DiskColour`s by the names of their menu. A column of
more than ten categories shows the nine most frequent ones, and all others as one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from hypviz.colours.base import FIRST_SHAPE
from hypviz.colours.looks import SCALE
from hypviz.palette import GREY, TEN
from hypviz.records.columns import TokenColumn, TokenColumns
from hypviz.records.disk_view import DiskColour, Group

OWN = "own: "  # before a column's name, which may be that of a colouring that ships
QUANTILE = ", by quantile"
OTHER = "other"
NONE = ("", "-", "na", "n/a", "nan", "none", "null")  # cells that hold nothing, in lower case


def own_names(columns: TokenColumns) -> tuple[str, ...]:
    """The colourings that a file offers, in the order of its columns."""
    return tuple(name for column in columns.columns for name in _names(column))


def own_colours(column: TokenColumn, cells: Sequence[str | None], missing: str) -> dict[str, DiskColour]:
    """The colourings of a column by name; `missing` is what the legend says of tokens without a cell."""
    names, known = _names(column), [None if cell is None or _is_none(cell) else cell.strip() for cell in cells]
    if len(names) == 1:
        return {names[0]: _categories(column.name, known, missing)}
    values = np.array([np.nan if cell is None else _number(cell) for cell in known], dtype=np.float64)
    return {
        name: DiskColour(label=column.name, values=values, missing=missing, stops=SCALE, by_quantile=name.endswith(QUANTILE))
        for name in names
    }


def _names(column: TokenColumn) -> tuple[str, ...]:
    """One name for categories, two for numbers."""
    known = [cell for cell in column.cells if not _is_none(cell)]
    is_number = bool(known) and all(math.isfinite(_number(cell)) for cell in known)
    return (f"{OWN}{column.name}", f"{OWN}{column.name}{QUANTILE}") if is_number else (f"{OWN}{column.name}",)


def _is_none(cell: str) -> bool:
    return cell.strip().lower() in NONE


def _number(cell: str) -> float:
    """Not a number where the cell is none."""
    try:
        return float(cell) if "_" not in cell else math.nan
    except ValueError:
        return math.nan


def _categories(label: str, cells: list[str | None], missing: str) -> DiskColour:
    counted = Counter(cell for cell in cells if cell is not None)
    ranked = sorted(counted, key=lambda cell: (-counted[cell], cell))
    shown = ranked if len(ranked) <= len(TEN) else ranked[: len(TEN) - 1]
    codes = {cell: code for code, cell in enumerate(shown)}
    groups = [Group(name=cell, label=cell, colour=TEN[code], shape=FIRST_SHAPE) for cell, code in codes.items()]
    if len(ranked) > len(shown):
        n_others = len(ranked) - len(shown)
        groups.append(Group(name=OTHER, label=f"{OTHER} ({n_others:,} more)", colour=GREY, shape=FIRST_SHAPE))
    values = np.array([np.nan if cell is None else codes.get(cell, len(shown)) for cell in cells], dtype=np.float64)
    return DiskColour(label=label, values=values, groups=tuple(groups), missing=missing)
