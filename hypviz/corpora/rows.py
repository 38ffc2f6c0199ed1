"""Text to rows: JSON, JSON lines and CSV with any usual separator.

Numbers of JSON stay as they are written (`NumberLiteral`), so that 1e-05 is not 5 and an integer of 400 digits is one. A row that
cannot be told apart from its neighbour, such as one with an unquoted comma, is refused by its number and does not reach a page.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypviz.corpora.wording import name_columns, quoted
from hypviz.errors import HypvizError
from hypviz.records.columns import free_name

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


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
        return self.header or tuple(dict.fromkeys(str(key) for row in self.rows[:100] if isinstance(row, dict) for key in row))


def parse_rows(text: str, filename: str, *, known: Iterable[str] = (), keep_spaces: bool = False, keep_nameless: bool = False) -> Rows:
    """Rows of a .csv or .tsv file, else of JSON (a list, or an object that holds one) or JSON lines.

    `known` are the columns that someone looks for, which tells separators apart. Spaces behind a separator are left out, unless they are
    to be kept; and so are columns without a name, unless they are to be kept under their place (``column 3``).
    """
    if filename.lower().endswith((".csv", ".tsv")):
        return _csv_rows(text, filename, frozenset(known), keep_spaces, keep_nameless)
    start = text.lstrip()
    if start.startswith("["):
        return _listed(_parse(text, filename), ())
    whole = _object_alone(start) if start.startswith("{") else None
    return _of_object(whole, filename) if whole is not None else _json_lines(text, filename)


def header_of(text: str, filename: str, *, known: Iterable[str] = ()) -> tuple[str, ...]:
    """The names in the first record of a .csv or .tsv file, without reading further."""
    body, separator = _body_and_separator(text, frozenset(known))
    return tuple(name.strip() for name in next(_records(body, separator, filename), ()))


def _parse(text: str, filename: str) -> Any:
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        raise HypvizError(f"{filename} is not valid JSON (line {error.lineno}: {error.msg}); mend that line.") from error
    except RecursionError as error:
        raise _too_deep(filename) from error


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=_literal, parse_int=_literal, parse_constant=_literal, object_pairs_hook=_object)


def _literal(text: str) -> NumberLiteral:
    return NumberLiteral(text=text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Repeated:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    return Repeated(key=next(key for key, n in Counter(key for key, _ in pairs).items() if n > 1))


def _too_deep(filename: str) -> HypvizError:
    return HypvizError(f"{filename} is nested too deeply to hold rows; a row is an object with a question and an answer.")


def _object_alone(text: str) -> Any | None:
    """The one object that the whole text is; None where there are several, or none that is whole."""
    try:
        return _loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None


def _of_object(whole: Any, filename: str) -> Rows:
    """The list of rows inside the object, or the object as the only row."""
    if isinstance(whole, Repeated):
        return Rows(rows=(), places=(), broken=(("entry 1", _repeated(whole)),))
    lists = [key for key, value in whole.items() if isinstance(value, list) and value and all(isinstance(row, dict) for row in value)]
    chat = {"messages", "conversations"} & set(whole)
    if not lists or chat:
        return _listed([whole], ())
    if len(lists) > 1:
        raise HypvizError(f"{filename} holds several lists of rows ({name_columns(lists)}); save the one you mean as a file of its own.")
    return _listed(whole[lists[0]], (f"Read the list under “{quoted(lists[0])}”.",))


def _listed(rows: Any, notices: tuple[str, ...]) -> Rows:
    places = [f"entry {number}" for number in range(1, len(rows) + 1)]
    return _without_repeated(rows, places, notices)


def _json_lines(text: str, filename: str) -> Rows:
    """One value a line; lines end at line feeds only, for JSON's strings may hold U+2028, U+2029 and U+0085."""
    rows: list[Any] = []
    places: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip(" \t\r\ufeff"):
            continue
        try:
            rows.append(_loads(line))
        except json.JSONDecodeError as error:
            raise HypvizError(_not_json(text, filename, number, error)) from error
        except RecursionError as error:
            raise _too_deep(f"{filename}, line {number}") from error
        places.append(f"line {number}")
    return _without_repeated(rows, places, ())


def _not_json(text: str, filename: str, number: int, error: json.JSONDecodeError) -> str:
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        return f"{filename} is a web page, not a data file; download the raw file."
    if start.startswith("{") and number <= 2 and re.match(r"\{\s*\n", text.lstrip()):
        try:
            json.loads(text)
        except json.JSONDecodeError as whole:
            return f"{filename} is not valid JSON (line {whole.lineno}: {whole.msg}); mend that line."
        except (RecursionError, ValueError):
            return str(_too_deep(filename))
    return f"{filename}, line {number} is not JSON ({error.msg}); a .jsonl file holds one JSON object a line."


def _without_repeated(rows: Sequence[Any], places: Sequence[str], notices: tuple[str, ...]) -> Rows:
    kept = [(row, place) for row, place in zip(rows, places, strict=True) if not isinstance(row, Repeated)]
    broken = tuple((place, _repeated(row)) for row, place in zip(rows, places, strict=True) if isinstance(row, Repeated))
    return Rows(rows=tuple(row for row, _ in kept), places=tuple(place for _, place in kept), broken=broken, notices=notices)


def _repeated(row: Repeated) -> str:
    return f"names “{quoted(row.key)}” twice"


def _body_and_separator(text: str, known: frozenset[str]) -> tuple[str, str]:
    """The table without a first line that names its separator, and the separator."""
    named = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    body = text[named.end() :] if named is not None else text
    return body, named.group(1) if named is not None else _separator(body, known)


def _csv_rows(text: str, filename: str, known: frozenset[str], keep_spaces: bool, keep_nameless: bool) -> Rows:
    body, separator = _body_and_separator(text, known)
    records = _records(body, separator, filename, keep_spaces)
    header = next(records, None)
    if header is None:
        return Rows(rows=(), places=())
    names = [name.strip() for name in header]
    _refuse_repeated(names, filename)
    whole, broken = _whole_records(records, len(names), separator)
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
    records: Iterable[list[str]], n_columns: int, separator: str
) -> tuple[list[tuple[str, list[str]]], list[tuple[str, str]]]:
    """The records with a cell for each column, and the broken ones, each with its place; those without a word are neither."""
    whole: list[tuple[str, list[str]]] = []
    broken: list[tuple[str, str]] = []
    for number, cells in enumerate(records, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < n_columns or any(cell.strip() for cell in cells[n_columns:]):
            broken.append((f"row {number}", _ragged(len(cells), n_columns, separator)))
        else:
            whole.append((f"row {number}", cells))
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
