"""A person's own columns on a laid out vocabulary: their rows joined to the drawn tokens, and the colourings that they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypviz.colours.columns import own_colours, read_columns
from hypviz.corpora.token_columns import token_columns_from_bytes
from hypviz.records.columns import ColumnReading, Joined, TokenColumns
from hypviz.records.disk_scene import SceneColour
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TokenTable

__all__ = ["OwnColumns", "join", "own_columns", "read_columns", "token_columns_from_bytes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColumns:
    """How the rows were `joined`, and the colourings, in the order of their menu."""

    joined: Joined
    colours: tuple[SceneColour, ...]


def own_columns(columns: TokenColumns, readings: Sequence[ColumnReading], layout: DiskLayout, table: TokenTable) -> OwnColumns:
    """The colourings of `columns` on the tokens of a layout; `readings` are those of `read_columns`, which take long for a large file."""
    joined = join(columns, layout, table)
    found: list[SceneColour] = []
    for column, reading in zip(columns.columns, readings, strict=True):
        missing = f"no {'value' if reading.values is None else 'number'} in {columns.name}"
        for name, colour in own_colours(column, reading, joined.row, missing).items():
            found.append(SceneColour(name=name, label=name, help=f"the column {column.name} of {columns.name}", colour=colour))
    return OwnColumns(joined=joined, colours=tuple(found))


def join(columns: TokenColumns, layout: DiskLayout, table: TokenTable) -> Joined:
    """Rows to tokens: by id, or by text with its spaces; a text without spaces around it then also takes the tokens that have some.

    Of several rows for one token the first counts.
    """
    row = np.full(len(layout.token_ids), -1, dtype=np.int64)
    named = np.zeros(len(columns.tokens), dtype=bool)
    for places in _ways(columns, layout, table):
        for number, token in enumerate(columns.tokens):
            here = places.get(token) or places.get(_unguarded(token), [])
            named[number] |= bool(here)
            for place in here:
                if row[place] < 0:
                    row[place] = number
    matched = np.zeros(len(named), dtype=bool)
    matched[row[row >= 0]] = True
    return Joined(
        row=row,
        n_rows=len(named),
        n_matched=int(matched.sum()),
        n_unmatched=int((~named).sum()),
        n_repeated=int((named & ~matched).sum()),
    )


def _ways(columns: TokenColumns, layout: DiskLayout, table: TokenTable) -> list[dict[str, list[int]]]:
    """The places of tokens by what a cell may say of them, the exact way first."""
    ids: list[int] = layout.token_ids.tolist()
    if columns.by_id:
        cells = {token: str(int(token)) for token in columns.tokens if len(token) < 20}
        places = {str(token_id): [place] for place, token_id in enumerate(ids)}
        return [{token: places.get(cell, []) for token, cell in cells.items()}]
    exact: dict[str, list[int]] = {}
    bare: dict[str, list[int]] = {}
    for place, token_id in enumerate(ids):
        text = table.text[token_id]
        exact.setdefault(text, []).append(place)
        bare.setdefault(text.strip(), []).append(place)
    return [exact, bare]


def _unguarded(token: str) -> str:
    """Without the ' that keeps a spreadsheet from taking the text for a formula, as tables of tokens are written here."""
    return token[1:] if token[:1] == "'" and token[1:2] and token[1] in "'=+-@\t\r\n" else token
