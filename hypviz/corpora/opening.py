"""Bytes of a problem file to rows, whatever kind of file it is: JSON, JSON lines, CSV, TSV, text or Parquet, each perhaps in gzip.

The ending of the name decides between JSON and a table with separators, the first bytes all else. A text in UTF-8 or marked UTF-16 is
read as such, one in Latin-1 or Windows-1252 too, which is said. What unpacks to more than is read, is damaged, or has too many columns is
one sentence.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterable

from hypviz.corpora.decoding import MAX_BYTES, decode, notices_of
from hypviz.corpora.kinds import is_utf16, refuse_other_kinds
from hypviz.corpora.parquet import is_parquet, parquet_rows
from hypviz.corpora.rows import Rows, parse_rows
from hypviz.corpora.wording import quoted
from hypviz.errors import HypvizError

GZIP = b"\x1f\x8b"
MOST_COLUMNS = 1000
_C1 = range(0x80, 0xA0)  # control characters in Latin-1, letters and quotes in Windows-1252


def open_rows(data: bytes, filename: str, *, known: Iterable[str] = (), most: int = MAX_BYTES) -> Rows:
    """The rows of a file with what was done to read it; at most `most` bytes are unpacked. Raises `HypvizError`."""
    notices: tuple[str, ...] = ()
    if data.startswith(GZIP):
        data = unpacked(data, filename, most)
        filename = filename.removesuffix(".gz").removesuffix(".GZ")
        notices = ("Unpacked from gzip.",)
    if is_parquet(data):
        table = parquet_rows(data, filename, most)
    else:
        text, said = text_in(data, filename)
        notices += said
        table = parse_rows(text, _as_read(text, filename), known=known)
    if len(table.columns) > MOST_COLUMNS:
        raise HypvizError(
            f"{quoted(filename)} has {len(table.columns):,} columns, more than the {MOST_COLUMNS:,} that are read; "
            "keep those of the question and the answer."
        )
    return dataclasses.replace(table, notices=(*notices, *table.notices))


def unpacked(data: bytes, filename: str, most: int) -> bytes:
    """The bytes in a gzip file, members one after another, as gunzip gives them."""
    parts: list[bytes] = []
    size, rest = 0, data
    try:
        while rest.startswith(GZIP):
            member = zlib.decompressobj(wbits=31)
            parts.append(member.decompress(rest, most + 1 - size))
            size += len(parts[-1])
            if size > most:
                raise HypvizError(f"{filename} unpacks to more than the {most / 1e6:,.0f} MB that are read; cut it into parts.")
            if not member.eof:
                raise HypvizError(f"{filename} is cut off inside its gzip; fetch it once more.")
            rest = member.unused_data
    except zlib.error as error:
        raise HypvizError(f"{filename} is damaged: its gzip cannot be unpacked ({error}); fetch it once more.") from error
    return b"".join(parts)


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
    """The encoding of one byte a sign that every byte fits, or None: for another kind of file, and where signs in UTF-8 stand beside."""
    refuse_other_kinds(data, filename)
    if any(sign > "\x7f" for sign in data.decode("utf-8", "ignore")):
        return None
    high = {byte for byte in data if byte > 0x7F}
    encoding = "cp1252" if high.intersection(_C1) else "latin-1"
    try:
        bytes(high).decode(encoding)
    except UnicodeDecodeError:
        return None
    return encoding


def _as_read(text: str, filename: str) -> str:
    """The name by whose ending the text is read: of a .txt file JSON where it begins like it, else a table."""
    if filename.lower().endswith(".txt") and text.lstrip()[:1] not in ("{", "["):
        return f"{filename}.csv"
    return filename
