"""Bytes of a problem file to rows, whatever kind of file it is: JSON, JSON lines, CSV, TSV, text or Parquet, each perhaps in gzip.

The ending of the name decides between JSON and a table with separators, the first bytes all else. A text in UTF-8 or marked UTF-16 is
read as such, one in Latin-1 or Windows-1252 too, which is said. What unpacks to more than is read, is damaged, or has too many columns is
one sentence.
"""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Iterable

from hypviz.corpora.decoding import MAX_BYTES, decode, notices_of
from hypviz.corpora.json_rows import begins_as_json
from hypviz.corpora.kinds import is_utf16, refuse_other_kinds
from hypviz.corpora.parquet import is_parquet, parquet_rows
from hypviz.corpora.rows import parse_rows
from hypviz.corpora.table import Rows, require_columns
from hypviz.errors import HypvizError

GZIP = b"\x1f\x8b"
MEMBERS, CHUNK = 50_000, 1 << 14
_TABLES = (".csv", ".tsv")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_RUN = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = bytes(range(0x80))  # what is taken away to count the other bytes
_C1 = range(0x80, 0xA0)  # control characters in Latin-1, letters and quotes in Windows-1252


def open_rows(data: bytes, filename: str, *, known: Iterable[str] = (), most: int = MAX_BYTES) -> Rows:
    """The rows of a file with what was done to read it; at most `most` bytes are unpacked. Raises `HypvizError`."""
    notices: tuple[str, ...] = ()
    if data.startswith(GZIP):
        data, rest = unpacked(data, filename, most)
        filename = filename.removesuffix(".gz").removesuffix(".GZ")
        notices = ("Unpacked from gzip.", *rest)
    if not data.strip():
        raise HypvizError(f"{filename} is empty; choose a file with at least one row.")
    if is_parquet(data):
        table = parquet_rows(data, filename, most)
    else:
        text, said = text_in(data, filename)
        notices += said
        ending, said = _as_read(text, filename)
        notices += said
        table = parse_rows(text, filename, ending=ending, known=known)
    require_columns(len(table.columns), filename)
    return dataclasses.replace(table, notices=(*notices, *table.notices))


def unpacked(data: bytes, filename: str, most: int) -> tuple[bytes, tuple[str, ...]]:
    """The bytes in a gzip file, members one after another as gunzip gives them, and what is to be said of bytes behind them."""
    parts: list[bytes] = []
    size = at = n_members = 0
    try:
        while data.startswith(GZIP, at):
            n_members += 1
            member = zlib.decompressobj(wbits=31)
            while not member.eof:
                piece = member.unconsumed_tail or data[at : (at := min(at + CHUNK, len(data)))]
                if not piece:
                    raise HypvizError(f"{filename} is cut off inside its gzip; fetch it once more.")
                parts.append(member.decompress(piece, most + 1 - size))
                size += len(parts[-1])
                if size > most:
                    raise HypvizError(f"{filename} unpacks to more than the {most / 1e6:,.0f} MB that are read; cut it into parts.")
            at -= len(member.unused_data)
            if n_members > MEMBERS:
                raise HypvizError(f"{filename} is made of more than {MEMBERS:,} gzip files; unpack it, and pack it as one.")
    except zlib.error as error:
        raise HypvizError(f"{filename} is damaged: its gzip cannot be unpacked ({error}); fetch it once more.") from error
    behind = data[at:].strip(b"\x00")
    return b"".join(parts), (f"{len(behind):,} bytes behind the gzip are left out.",) if behind else ()


def text_in(data: bytes, filename: str) -> tuple[str, tuple[str, ...]]:
    """The text, and what was done to the bytes to read it."""
    try:
        return decode(data, filename), notices_of(data)
    except HypvizError:
        encoding = None if is_utf16(data) else _western(data, filename)
        if encoding is None:
            raise
    text = data.decode(encoding)
    place = next(at for at, byte in enumerate(data) if byte > 0x7F)
    name = "Latin-1" if encoding == "latin-1" else "Windows-1252"
    sign = data[place : place + 1].decode(encoding)
    return text, (f"Not UTF-8, read as {name}: byte {place:,} is 0x{data[place]:02x}, “{sign}”; save it as UTF-8 if that is wrong.",)


def _western(data: bytes, filename: str) -> str | None:
    """The encoding of one byte a sign that every byte fits, or None: for another kind of file, where signs in UTF-8 stand beside, and for
    bytes that stand in long runs, as those of Cyrillic, Greek or Chinese encodings do."""
    refuse_other_kinds(data, filename)
    n_high = len(data.translate(None, _HIGH))
    if 2 * sum(map(len, _UTF8.findall(data))) > n_high or 2 * sum(map(len, _RUN.findall(data))) > n_high:
        return None
    high = {byte for byte in data if byte > 0x7F}
    encoding = "cp1252" if high.intersection(_C1) else "latin-1"
    try:
        bytes(high).decode(encoding)
    except UnicodeDecodeError:
        return None
    return encoding


def _as_read(text: str, filename: str) -> tuple[str, tuple[str, ...]]:
    """The ending by which the text is read, and what is to be said of it: a .txt file is JSON where it begins so, else a table."""
    lower = filename.lower()
    if lower.endswith(".txt"):
        return (".jsonl" if begins_as_json(text) else ".csv"), ()
    if lower.endswith(_TABLES) and begins_as_json(text):
        return ".jsonl", (f"Read as JSON, which the {lower[-4:]} file holds.",)
    return filename, ()
