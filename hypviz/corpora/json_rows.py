"""JSON to rows: a list, an object that holds rows in one of the usual ways, or objects one after another, on lines of their own or not.

An object holds rows as a list under one of its keys, as columns (``{"question": [...], "answer": [...]}``, or as pandas writes them,
``{"question": {"0": ...}, ...}``), or under the name of each. Numbers stay as they are written (`NumberLiteral`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

from hypviz.corpora.table import NumberLiteral, Repeated, Rows, require_rows, require_values
from hypviz.corpora.wording import name_columns, quoted
from hypviz.errors import HypvizError

BLANK = " \t\r\n\ufeff"
_CHATS = ("messages", "conversations")


def json_rows(text: str, filename: str) -> Rows:
    """The rows of a text in JSON or JSON lines; `HypvizError` for what is neither, is nested too deeply, or would fill the memory."""
    require_values(text.count(",") + text.count("[") + text.count("{"), filename)
    start = text.lstrip(BLANK)
    if start.startswith("["):
        return _listed(_parse(start, filename), (), filename)
    whole = _object_alone(start) if start.startswith("{") else None
    return _of_object(whole, filename) if whole is not None else _json_lines(text, filename)


def begins_as_json(text: str) -> bool:
    """Whether a text begins as a list or an object of JSON does."""
    return re.match(r'\[\s*[\[{]|\{\s*"', text.lstrip(BLANK)[:200]) is not None


def is_web_page(text: str) -> bool:
    """Whether a text is a page for a browser, which stands where a download went wrong."""
    return text.lstrip(BLANK)[:20].lower().startswith(("<!doctype html", "<html"))


def _parse(text: str, filename: str) -> Any:
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        raise HypvizError(f"{filename} is not valid JSON (line {error.lineno}: {_why(error)}); mend that line.") from error
    except RecursionError as error:
        raise _too_deep(filename) from error


def _loads(text: str) -> Any:
    return _DECODER.decode(text)


def _literal(text: str) -> NumberLiteral:
    return NumberLiteral(text=text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Repeated:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    return Repeated(key=next(key for key, n in Counter(key for key, _ in pairs).items() if n > 1))


_DECODER = json.JSONDecoder(parse_float=_literal, parse_int=_literal, parse_constant=_literal, object_pairs_hook=_object)


def _why(error: json.JSONDecodeError) -> str:
    return error.msg.removesuffix(" at").removesuffix(" starting")


def _too_deep(filename: str) -> HypvizError:
    return HypvizError(f"{filename} is nested too deeply to hold rows; a row is an object with a question and an answer.")


def _object_alone(text: str) -> Any | None:
    """The one object that the whole text is; None where there are several, or none that is whole."""
    try:
        return _loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None


def _of_object(whole: Any, filename: str) -> Rows:
    """The rows inside the object, or the object as the only row."""
    if isinstance(whole, Repeated):
        return Rows(rows=(), places=(), broken=(("entry 1", _repeated(whole)),))
    lists = [key for key, value in whole.items() if _holds_rows(value)]
    if set(_CHATS) & set(whole):
        return _listed([whole], (), filename)
    if len(lists) > 1:
        raise HypvizError(f"{filename} holds several lists of rows ({name_columns(lists)}); save the one you mean as a file of its own.")
    if lists:
        return _listed(whole[lists[0]], (f"Read the list under “{quoted(lists[0])}”.",), filename)
    columns = _in_columns(whole)
    if columns is not None:
        return _listed(columns, (f"Read as columns: {name_columns(list(whole))}.",), filename)
    return _inside(whole, filename)


def _holds_rows(value: object) -> bool:
    several = cast("list[object]", value) if isinstance(value, list) else []
    return bool(several) and all(isinstance(row, dict) for row in several)


def _in_columns(whole: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of an object whose values are columns: lists of one length, or cells by the same names; None for another object."""
    values = list(whole.values())
    if len(values) < 2 or not values[0]:
        return None
    listed = [cast("list[Any]", value) for value in values if isinstance(value, list)]
    if len(listed) == len(values) and len({len(column) for column in listed}) == 1:
        return [dict(zip(whole, cells, strict=True)) for cells in zip(*listed, strict=True)]
    by_name = [cast("dict[str, Any]", value) for value in values if isinstance(value, dict)]
    names = list(by_name[0]) if len(by_name) == len(values) else []
    if not all(name.isdecimal() for name in names) or any(list(column) != names for column in by_name):
        return None
    return [{key: column[name] for key, column in zip(whole, by_name, strict=True)} for name in names] or None


def _inside(whole: dict[str, Any], filename: str) -> Rows:
    """The rows under the name of each, or inside the one object that this one holds; else the object as the only row."""
    values = list(whole.values())
    if values and all(isinstance(value, (dict, Repeated)) for value in values):
        if len(values) == 1:
            return _of_object(values[0], filename)
        return _listed(values, (f"Read {len(values):,} rows under names: {name_columns(list(whole))}.",), filename)
    return _listed([] if values and all(value == [] for value in values) else [whole], (), filename)


def _listed(rows: Any, notices: tuple[str, ...], filename: str) -> Rows:
    require_rows(len(rows), filename)
    places = [f"entry {number}" for number in range(1, len(rows) + 1)]
    return _without_repeated(rows, places, notices)


def _json_lines(text: str, filename: str) -> Rows:
    """One value a line; lines end at line feeds and carriage returns only, for strings may hold U+2028, U+2029 and U+0085."""
    rows: list[Any] = []
    places: list[str] = []
    require_values(max(text.count("\n"), text.count("\r")), filename)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        line = line.strip(BLANK)
        if not line:
            continue
        try:
            rows.append(_loads(line))
        except json.JSONDecodeError as error:
            together = _one_after_another(text) if number == 1 or not rows else None
            if together is not None:
                return _listed(together, ("Read as objects one after another.",), filename)
            raise HypvizError(_not_json(text, filename, number, error)) from error
        except RecursionError as error:
            raise _too_deep(f"{filename}, line {number}") from error
        places.append(f"line {number}")
    require_rows(len(rows), filename)
    return _without_repeated(rows, places, ())


def _one_after_another(text: str) -> list[Any] | None:
    """Objects that follow each other with nothing or white space between them, as jq prints them; None for any other text."""
    found: list[Any] = []
    for each in _decoded(text):
        if each is None:
            return None
        found.append(each)
    return found if len(found) > 1 else None


def _decoded(text: str) -> Iterator[Any | None]:
    """One object after another; None, and an end, at what is no object."""
    blank = re.compile(f"[{BLANK}]*")
    at = blank.match(text).end()  # pyright: ignore[reportOptionalMemberAccess]  # it matches everywhere
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            value = None
        yield value if isinstance(value, (dict, Repeated)) else None
        if value is None:
            return
        at = blank.match(text, at).end()  # pyright: ignore[reportOptionalMemberAccess]


def _not_json(text: str, filename: str, number: int, error: json.JSONDecodeError) -> str:
    start = text.lstrip(BLANK)
    if is_web_page(text):
        return f"{filename} is a web page, not a data file; download the raw file."
    if number <= 2 and re.match(r"\{\s*\n", start):
        try:
            json.loads(text)
        except json.JSONDecodeError as whole:
            return f"{filename} is not valid JSON (line {whole.lineno}: {_why(whole)}); mend that line."
        except (RecursionError, ValueError):
            return str(_too_deep(filename))
    if start[:1] not in ("{", "["):
        return f"{filename}, line {number} is not JSON ({_why(error)}); a .jsonl file holds one JSON object a line, a table is named .csv."
    return f"{filename}, line {number} is not JSON ({_why(error)}); a .jsonl file holds one JSON object a line."


def _without_repeated(rows: Sequence[Any], places: Sequence[str], notices: tuple[str, ...]) -> Rows:
    kept = [(row, place) for row, place in zip(rows, places, strict=True) if not isinstance(row, Repeated)]
    broken = tuple((place, _repeated(row)) for row, place in zip(rows, places, strict=True) if isinstance(row, Repeated))
    return Rows(rows=tuple(row for row, _ in kept), places=tuple(place for _, place in kept), broken=broken, notices=notices)


def _repeated(row: Repeated) -> str:
    return f"names “{quoted(row.key)}” twice"
