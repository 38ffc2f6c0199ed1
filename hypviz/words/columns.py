"""What became of the rows of a person's own columns, and how a column is read, in a sentence or two each."""

from __future__ import annotations

from hypviz.records.columns import NUMERIC_SHARE, ColumnReading, Joined, TokenColumns
from hypviz.words.numbers import share

TOLD_SHARE = 1 / 3  # of the known cells: a column of categories that holds so many numbers may have been meant as one of numbers
LONGEST = 40  # characters of a cell or a name in a sentence


def joined_sentence(columns: TokenColumns, joined: Joined) -> str:
    """How many rows name a drawn token, how many none, how many one that is taken, and how many could not be read."""
    rows = [f"{joined.n_matched:,} of {joined.n_rows:,} rows give a drawn token its values"]
    if joined.n_unmatched:
        rows.append(f"{joined.n_unmatched:,} name no token that is drawn")
    if joined.n_repeated:
        rows.append(f"{joined.n_repeated:,} only tokens that another row names, of which the first counts")
    if columns.n_skipped:
        rows.append(f"{columns.n_skipped:,} more could not be read ({'; '.join(columns.skipped)})")
    n_tokens = int((joined.row >= 0).sum())
    how = f"{columns.name}, joined by the {'id' if columns.by_id else 'text'} in “{columns.by}”"
    return f"{how}: {', '.join(rows)}; {n_tokens:,} of {len(joined.row):,} tokens have a row."


def reading_sentence(name: str, reading: ColumnReading, columns: TokenColumns) -> str:
    """How the column `name` is read where that is not plain from its cells; empty where it is."""
    called, said = f"“{_short(name)}”", list[str]()
    if reading.doubtful:
        point, none = reading.doubtful.replace(",", "."), reading.doubtful.replace(",", "")
        return f"{called} holds “{reading.doubtful}”, which may be {point} or {none}; write it as one of them to have it read as a number."
    if reading.decimal_comma:
        read = reading.decimal_comma.replace(",", ".")
        said.append(f"{called} is written with decimal commas: “{reading.decimal_comma}” is read as {read}.")
    if reading.odd and reading.values is not None:
        said.append(f"{called} is read as numbers: {_missing(reading)}; {_first_odd(reading, columns)}.")
    elif reading.odd and reading.n_numbers >= TOLD_SHARE * reading.n_known:
        few = f"only {reading.n_numbers:,} of its {reading.n_known:,} cells are numbers, fewer than {share(NUMERIC_SHARE)}"
        said.append(
            f"{called} is shown as categories, for {few}; {_first_odd(reading, columns)}. Empty such cells to have it read as numbers."
        )
    return " ".join(said)


def _missing(reading: ColumnReading) -> str:
    """How many cells of a column of numbers hold none."""
    n_odd = reading.n_known - reading.n_numbers
    cells = "1 cell holds none and counts" if n_odd == 1 else f"{n_odd:,} of {reading.n_known:,} cells hold none and count"
    return f"{cells} as missing"


def _first_odd(reading: ColumnReading, columns: TokenColumns) -> str:
    """``the first, “?”, stands in row 7, others are “inf”``."""
    first, *others = (f"“{_short(cell)}”" for cell in reading.odd)
    at = reading.first_odd or 0
    place = f"in row {columns.rows[at]:,}" if columns.rows else f"beside the token “{_short(columns.tokens[at])}”"
    more = f", others are {' and '.join(others)}" if others else ""
    return f"the first, {first}, stands {place}{more}"


def _short(text: str) -> str:
    """On one line, cut, and without halves of surrogate pairs."""
    line = " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
