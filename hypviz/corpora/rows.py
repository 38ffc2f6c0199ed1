"""Bytes to text and text to rows: UTF-8 (with or without a byte-order mark), JSON, JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from hypviz.errors import HypvizError

MAX_BYTES = 200_000_000


def read_bytes(path: Path) -> bytes:
    """The file's bytes; one sentence when it is absent, a folder, unreadable or larger than `MAX_BYTES`."""
    if not path.exists():
        raise HypvizError(f"There is no file {path}; check the path, or name a bundled set.")
    if path.is_dir():
        raise HypvizError(f"{path} is a folder; give a .txt, .jsonl, .json or .csv file.")
    if path.stat().st_size > MAX_BYTES:
        raise HypvizError(
            f"{path} has {path.stat().st_size / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB that are read; cut it into parts."
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise HypvizError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error


def decode(data: bytes, filename: str) -> str:
    """UTF-8 text; anything else is refused with the place of the first bad byte and what to do."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HypvizError(
            f"{filename} is not UTF-8 (byte {error.start} is 0x{data[error.start]:02x}); "
            f"save it as UTF-8 first (for example: iconv -f LATIN1 -t UTF-8 {filename} > utf8-{Path(filename).name})."
        ) from error


def parse_rows(text: str, filename: str) -> list[Any]:
    """Rows of a .jsonl, .json (a list, or JSON lines after all) or .csv file, by its ending."""
    if filename.lower().endswith(".csv"):
        try:
            return list(csv.DictReader(io.StringIO(text), strict=True))
        except csv.Error as error:
            raise HypvizError(f"{filename} is not valid CSV ({error}); check its quotes and separators.") from error
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except json.JSONDecodeError as error:
            raise HypvizError(f"{filename} is not valid JSON (line {error.lineno}: {error.msg}); mend that line.") from error
        return rows
    return [_parse_line(line, number, filename) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _parse_line(line: str, number: int, filename: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise HypvizError(f"{filename}, line {number} is not JSON ({error.msg}); a .jsonl file holds one JSON object a line.") from error
