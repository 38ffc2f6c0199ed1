"""A CSV of tokens and what is known of them: which column names the token, and the others as they are written.

In: the bytes of a .csv or .tsv file with a header. Out: `TokenColumns`. A cell is text, whatever it begins with. Spaces belong to a token
and stay. Joins nothing to a vocabulary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from hypviz.corpora.decoding import decode, notices_of
from hypviz.corpora.rows import header_of, parse_rows
from hypviz.corpora.table import Rows
from hypviz.corpora.wording import REASONS_SHOWN, in_order, name_columns, quoted
from hypviz.errors import HypvizError
from hypviz.records.columns import TokenColumn, TokenColumns

ID_NAMES = ("token_id", "token id", "tokenid", "id")
TEXT_NAMES = ("token", "text", "word", "piece", "token_text")
SOUGHT = (*ID_NAMES[:-1], *TEXT_NAMES, ID_NAMES[-1])  # a bare “id” beside a text may number anything
MOST_COLUMNS = 64
LONGEST_NAME = 200  # characters: the name of a colouring stands in the address of the page


def token_columns_from_bytes(data: bytes, filename: str, *, field: str | None = None) -> TokenColumns:
    """The table of an uploaded file; `field` names the column of the tokens if it is not found by itself. Raises `HypvizError`."""
    text = decode(data, filename, zeros=True)  # which is a token of many a vocabulary
    if not text.strip():
        raise HypvizError(f"{filename} is empty; it needs a header, a column “token” or “token_id”, and columns to colour by.")
    known = [*ID_NAMES, *TEXT_NAMES, *([field.casefold()] if field else [])]
    header = header_of(text, filename, known=known)
    _refuse_header(header, filename)
    table = parse_rows(text, filename, known=known, keep_spaces=True, keep_nameless=True)
    by, by_id = _token_column(table.columns or header, filename, field)
    texts = [name for name in table.columns if by_id and name != by and name.casefold() in TEXT_NAMES]
    others = [name for name in table.columns if name != by and name not in texts]
    if not others:
        raise HypvizError(f"{filename} has no column beside “{quoted(by)}”; add one with a number or a category for each token.")
    good, broken = _good(table, by, by_id)
    if not good:
        why = f": {in_order(broken)[0]}" if broken else ""
        raise HypvizError(f"{filename} holds no row that can be read under its header{why}; add a row for each token.")
    return TokenColumns(
        name=filename,
        by=by,
        by_id=by_id,
        tokens=tuple(row[by].strip() if by_id else row[by] for _, row in good),
        columns=tuple(TokenColumn(name=name, cells=tuple(row[name] for _, row in good)) for name in others),
        fingerprint=hashlib.sha256(data).hexdigest(),
        n_skipped=len(broken),
        skipped=tuple(in_order(broken)[:REASONS_SHOWN]),
        notices=(*notices_of(data), *table.notices, *(f"“{name}” is taken for the tokens' text, which gives no colour." for name in texts)),
        rows=tuple(number for number, _ in good),
        separator=table.separator,
    )


def _refuse_header(header: Sequence[str], filename: str) -> None:
    """Raise `HypvizError` for more columns than are read, and for a name that no address holds."""
    if len(header) > MOST_COLUMNS:
        raise HypvizError(
            f"{filename} has {len(header):,} columns, of which {MOST_COLUMNS} at most are read; keep that of the tokens and those you want."
        )
    longest = max(header, key=len, default="")
    if len(longest) > LONGEST_NAME:
        raise HypvizError(
            f"{filename} calls a column “{quoted(longest)}”, of {len(longest):,} characters; a name has {LONGEST_NAME} at most: shorten it."
        )


def _token_column(header: Iterable[str], filename: str, field: str | None) -> tuple[str, bool]:
    """The column that names the token, and whether by its id: the one asked for, else the first that is `SOUGHT`."""
    names = {name.casefold(): name for name in header if name}
    wanted = [field.strip().casefold()] if field else SOUGHT
    found = next((name for name in wanted if name in names), None)
    if found is None and field:
        raise HypvizError(f"{filename} has no column “{quoted(field)}” (it has {name_columns(list(names.values()))}); name one of them.")
    if found is None:
        raise HypvizError(
            f"{filename} has no column of tokens (it has {name_columns(list(names.values()))}); call it “token” for their text, or "
            "“token_id”."
        )
    return names[found], found in ID_NAMES


def _good(table: Rows, by: str, by_id: bool) -> tuple[list[tuple[int, dict[str, str]]], list[tuple[str, str]]]:
    """The rows that name a token with their numbers in the file, and the others as (place, reason)."""
    good: list[tuple[int, dict[str, str]]] = []
    broken = list(table.broken)
    for row, place in zip(table.rows, table.places, strict=True):
        cell = row[by].strip() if by_id else row[by]
        if by_id and not (cell.isascii() and cell.isdecimal()):
            broken.append((place, f"the token id “{quoted(cell)}” is no whole number"))
        elif not cell:
            broken.append((place, "names no token"))
        else:
            good.append((int(place.split()[1]), row))
    return good, broken
