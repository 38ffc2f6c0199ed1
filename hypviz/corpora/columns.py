"""The columns that a person names by hand: which holds the question, which the answer, and which the options."""

from __future__ import annotations

import dataclasses
import string
from dataclasses import dataclass
from typing import Any

from hypviz.corpora.forms.entry import as_record
from hypviz.corpora.forms.offering import MOST
from hypviz.corpora.table import Rows
from hypviz.corpora.wording import name_columns, quoted
from hypviz.errors import HypvizError


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Names of columns, whatever their case. `options` is one column that holds a list, or several that hold an option each.

    All other columns are left aside. An answer may be the name of an option's column.
    """

    question: str
    answer: str
    options: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All columns named, in lower case."""
        return tuple(_folded(name) for name in (self.question, self.answer, *self.options))

    def chosen(self, table: Rows, filename: str) -> Rows:
        """The rows with these columns under the names that are read; `HypvizError` for a column that is not there or is named twice."""
        there = {_folded(name) for name in table.columns}
        missing = next((name for name in (self.question, self.answer, *self.options) if _folded(name) not in there), None)
        if missing is not None:
            raise HypvizError(
                f"{filename} has no column “{quoted(missing)}” (it has {name_columns(table.columns)}); name one of these columns."
            )
        if len(set(self.names)) < len(self.names):
            raise HypvizError("A column is named twice; name one for the question, another for the answer, and others for options.")
        rows = tuple(self._row(row) for row in table.rows)
        return dataclasses.replace(table, rows=rows, header=("question", "answer", *(("options",) if self.options else ())))

    def _row(self, row: Any) -> Any:
        named = as_record(row)
        if named is None:
            return row
        cells = {_folded(name): value for name, value in named.items()}
        found = {"question": cells.get(_folded(self.question)), "answer": cells.get(_folded(self.answer))}
        names = self.names[2:]
        if len(names) == 1:
            found["options"] = cells.get(names[0])
        elif names:
            found["options"] = [cells.get(name) for name in names]
            said = _said(found["answer"])
            if said in names[:MOST]:
                found["answer"] = string.ascii_uppercase[names.index(said)]
        return found


def _said(answer: object) -> str:
    return _folded(answer) if isinstance(answer, str) else ""


def _folded(name: str) -> str:
    return name.strip().casefold()
