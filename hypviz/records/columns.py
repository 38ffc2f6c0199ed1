"""Columns that a person brings to colour tokens by, and how their rows were joined to the tokens that are drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Integer

from hypviz.records.base import Record

NUMERIC_SHARE = 0.95  # of the known cells of a column: from so many numbers on the others are slips, below it they are categories


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenColumn(Record):
    """One column: its name and its cells as the file writes them, a cell for each row."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenColumns(Record):
    """A table of tokens: `tokens` are the cells of its column `by`, token ids where `by_id` says so and texts else.

    `n_skipped` rows could not be read, `skipped` has the reasons of the first of them, `notices` what was done to read the file at all.
    `rows` are the numbers of the rows in the file, whose header is row 1; `separator` stands between its cells.
    """

    name: str
    by: str
    by_id: bool
    tokens: tuple[str, ...]
    columns: tuple[TokenColumn, ...]
    fingerprint: str
    n_skipped: int = 0
    skipped: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    separator: str = ","

    @property
    def identity(self) -> dict[str, str]:
        """What a spec says of a file of columns: its content, what was taken for the token, and its name, which a record repeats."""
        return {"name": self.name, "columns": self.fingerprint, "by": self.by}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReading(Record):
    """What a column holds: the number of each of its rows, or categories.

    `names` are those of the colourings that it gives: numbers by value and by quantile, categories alone. `values` (n_rows,) are the
    numbers, NaN where a row has none, and None for categories. Of `n_known` cells that hold anything `n_numbers` are finite numbers; the
    others are `odd`: the first of the different ones, with the place of the very first among the rows. `decimal_comma` is a cell that shows
    that commas stand before the decimals; `doubtful` one whose comma may as well part thousands, for which the column is one of categories.
    """

    names: tuple[str, ...]
    values: Float64[np.ndarray, " n_rows"] | None
    n_known: int
    n_numbers: int
    odd: tuple[str, ...] = ()
    first_odd: int | None = None
    decimal_comma: str = ""
    doubtful: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Record):
    """Of `n_rows` rows `n_matched` name a token that is drawn, `n_unmatched` none, and `n_repeated` only tokens that an earlier row names.

    `row` (n,) holds for each drawn token the number of the row that it takes its values from, -1 for none.
    """

    row: Integer[np.ndarray, " n"]
    n_rows: int
    n_matched: int
    n_unmatched: int
    n_repeated: int


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name itself, else with the first number from 2 under which it is not `taken`: ``wanted (2)``."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted} ({number})"
    return found
