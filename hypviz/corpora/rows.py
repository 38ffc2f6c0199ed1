"""Text to rows: JSON by `json_rows`, and CSV with any usual separator.

A row that cannot be told apart from its neighbour, such as one with an unquoted comma, is refused by its number and does not reach a page.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from hypviz.corpora.json_rows import is_web_page, json_rows
from hypviz.corpora.table import Rows, require_columns, require_rows, require_values
from hypviz.corpora.wording import name_columns, quoted
from hypviz.errors import HypvizError
from hypviz.records.columns import free_name

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def parse_rows(
    text: str,
    filename: str,
    *,
    ending: str | None = None,
    known: Iterable[str] = (),
    keep_spaces: bool = False,
    keep_nameless: bool = False,
) -> Rows:
    """Rows of a .csv or .tsv file, else of JSON or JSON lines.

    `ending` is given where the name's own does not say what the text is. `known` are the columns that someone looks for, which tells
    separators apart. Spaces behind a separator are left out, unless they are to be kept; and so are columns without a name, unless they
    are to be kept under their place (``column 3``).
    """
    if (ending or filename).lower().endswith((".csv", ".tsv")):
        return _csv_rows(text, filename, frozenset(known), keep_spaces, keep_nameless)
    return json_rows(text, filename)


def header_of(text: str, filename: str, *, known: Iterable[str] = ()) -> tuple[str, ...]:
    """The names in the first record of a .csv or .tsv file, without reading further."""
    body, separator = _body_and_separator(text, frozenset(known))
    return tuple(name.strip() for name in next(_records(body, separator, filename), ()))


def _body_and_separator(text: str, known: frozenset[str]) -> tuple[str, str]:
    """The table without a first line that names its separator, and the separator."""
    text = text.lstrip("\ufeff")
    named = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    body = text[named.end() :] if named is not None else text
    return body, named.group(1) if named is not None else _separator(body, known)


def _csv_rows(text: str, filename: str, known: frozenset[str], keep_spaces: bool, keep_nameless: bool) -> Rows:
    if is_web_page(text):
        raise HypvizError(f"{filename} is a web page, not a data file; download the raw file.")
    require_values(max(map(text.count, (*SEPARATORS, "\n", "\r"))), filename)
    body, separator = _body_and_separator(text, known)
    records = _records(body, separator, filename, keep_spaces)
    header = next((record for record in records if any(name.strip() for name in record)), None)
    if header is None:
        return Rows(rows=(), places=())
    names = [name.strip() for name in header]
    require_columns(len(names), filename)
    _refuse_repeated(names, filename)
    whole, broken = _whole_records(records, len(names), separator, filename)
    nameless = {at: sum(1 for _, cells in whole if cells[at].strip()) for at, name in enumerate(names) if not name}
    notices = () if separator == "," else (f"Read as columns separated by {SEPARATORS.get(separator, f'“{separator}”')}.",)
    if keep_nameless:
        names = _with_names(names, [at for at, n in nameless.items() if n])
    notices += _of_nameless(names, nameless, len(whole))
    return Rows(
        rows=tuple({name: cell for name, cell in zip(names, cells, strict=False) if name} for _, cells in whole),
        places=tuple(place for place, _ in whole),
        broken=tuple(broken),
        notices=notices,
        header=tuple(name for name in names if name),
        separator=separator,
    )


def _whole_records(
    records: Iterable[list[str]], n_columns: int, separator: str, filename: str
) -> tuple[list[tuple[str, list[str]]], list[tuple[str, str]]]:
    """The records with a cell for each column, and the broken ones, each with its place; those without a word are neither.

    `HypvizError` at the first record more than are read.
    """
    whole: list[tuple[str, list[str]]] = []
    broken: list[tuple[str, str]] = []
    for number, cells in enumerate(records, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < n_columns or any(cell.strip() for cell in cells[n_columns:]):
            broken.append((f"row {number}", _ragged(len(cells), n_columns, separator)))
        else:
            whole.append((f"row {number}", cells))
        require_rows(len(whole) + len(broken), filename)
    return whole, broken


def _with_names(names: Sequence[str], nameless: Sequence[int]) -> list[str]:
    """The names, with ``column 3`` for those of the places `nameless`; a name in the header goes before."""
    found = list(names)
    for at in nameless:
        found[at] = free_name(f"column {at + 1}", {name.casefold() for name in found})
    return found


def _of_nameless(names: Sequence[str], nameless: dict[int, int], n_rows: int) -> tuple[str, ...]:
    """What became of columns without a name, of each the filled cells; nothing of those that are empty throughout."""
    kept = [names[at] for at, n in nameless.items() if n and names[at]]
    left = [n for at, n in nameless.items() if n and not names[at]]
    said = [f"A column without a name in the header is left out (filled in {n:,} of {n_rows:,} rows)." for n in left[:1] if len(left) == 1]
    if len(left) > 1:
        said.append(f"{len(left)} columns without a name in the header are left out (filled in up to {max(left):,} of {n_rows:,} rows).")
    if kept:
        said.append(f"The header leaves cells without a name; their columns are called by their place: {name_columns(kept)}.")
    return tuple(said)


def _records(text: str, separator: str, filename: str, keep_spaces: bool = False) -> Iterator[list[str]]:
    """Records that are not blank lines; the first one is the header."""
    without = separator != "\t" and not keep_spaces
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=without, strict=True)
    try:
        yield from (record for record in reader if record)
    except csv.Error as error:
        if "field limit" in str(error):
            raise HypvizError(
                f"{filename}, line {reader.line_num} ends a cell of more than {csv.field_size_limit():,} characters; "
                "look for a quote that is not closed, or shorten the cell."
            ) from error
        raise HypvizError(f"{filename} is not valid CSV ({error}, line {reader.line_num}); check its quotes and separators.") from error


def _separator(text: str, known: frozenset[str]) -> str:
    """The separator under which most known columns appear, then the one that cuts the first rows like the header, then the comma."""
    best, chosen = (0, False), ","
    for separator in SEPARATORS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t", strict=True)
            first = [record for record, _ in zip((r for r in reader if r), range(20), strict=False)]
        except csv.Error:
            continue
        if not first:
            continue
        names = {name.strip().casefold() for name in first[0]}
        even = len(first[0]) > 1 and all(len(record) == len(first[0]) for record in first)
        score = (len(names & known) if len(first[0]) > 1 else 0, even)
        if score > best:
            best, chosen = score, separator
    return chosen


def _refuse_repeated(names: Sequence[str], filename: str) -> None:
    twice = [name for name, n in Counter(name.casefold() for name in names if name).items() if n > 1]
    if twice:
        raise HypvizError(
            f"{filename} has the column “{quoted(twice[0])}” more than once (it has {name_columns(names)}); "
            "give every column its own name, or one of them would be lost."
        )


def _ragged(n: int, wanted: int, separator: str) -> str:
    cells = "1 cell" if n == 1 else f"{n} cells"
    if n > wanted:
        return f"has {cells} where the header has {wanted}; put a text that holds the separator “{separator}” into quotes"
    return f"has {cells} where the header has {wanted}"
