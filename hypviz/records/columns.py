"""Columns that a person brings to colour tokens by, and how their rows were joined to the tokens that are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenColumn(Record):
    """One column: its name and its cells as the file writes them, a cell for each row."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenColumns(Record):
    """A table of tokens: `tokens` are the cells of its column `by`, token ids where `by_id` says so and texts else.

    `n_skipped` rows could not be read, `skipped` has the reasons of the first of them, `notices` what was done to read the file at all.
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

    @property
    def identity(self) -> dict[str, str]:
        """What a spec says of a file of columns: its content, what was taken for the token, and its name, which a record repeats."""
        return {"name": self.name, "columns": self.fingerprint, "by": self.by}


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
