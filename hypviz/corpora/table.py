"""The rows of a file as they stand in it, before anyone knows what they mean, and how much of a file is read.

Numbers of JSON stay as they are written (`NumberLiteral`), so that 1e-05 is not 5 and an integer of 400 digits is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from hypviz.corpora.wording import quoted
from hypviz.errors import HypvizError

MOST_ROWS = 500_000
MOST_VALUES = 5_000_000  # a 200 MB file of worded problems has fewer; each takes about 100 bytes of memory
MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLiteral:
    """A number of JSON as the file writes it; NaN and Infinity too."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A JSON object that names `key` twice, so that one of the two values would be lost."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a file with the place of each (``row 2``, ``line 7``), the broken ones as (place, reason), and what was noticed.

    `separator` is that of a .csv or .tsv file, a comma for others.
    """

    rows: tuple[Any, ...]
    places: tuple[str, ...]
    broken: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    separator: str = ","

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns seen: the header, or the keys of the first hundred objects."""
        seen = (cast("dict[str, Any]", row) for row in self.rows[:100] if isinstance(row, dict))
        return self.header or tuple(dict.fromkeys(str(key) for row in seen for key in row))


def require_rows(n: int, filename: str) -> None:
    """`HypvizError` where a file has more rows or lines than are read."""
    if n > MOST_ROWS:
        raise HypvizError(f"{filename} has more than the {MOST_ROWS:,} rows that are read; cut it into parts.")


def require_values(n: int, filename: str) -> None:
    """`HypvizError` where a file has more cells or values than are read."""
    if n > MOST_VALUES:
        raise HypvizError(
            f"{filename} holds more than {MOST_VALUES:,} cells or values, which would fill the memory; "
            "keep the columns of the question and the answer, or cut it into parts."
        )


def require_columns(n: int, filename: str) -> None:
    """`HypvizError` where a file has more columns than are read."""
    if n > MOST_COLUMNS:
        raise HypvizError(
            f"{quoted(filename)} has {n:,} columns, more than the {MOST_COLUMNS:,} that are read; "
            "keep those of the question and the answer."
        )
