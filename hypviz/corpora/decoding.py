"""Bytes to text: a file's bytes, UTF-8 or marked UTF-16, and one sentence for whatever is neither.

In: a path, or the bytes of an upload with its name. Out: text. Nothing is guessed: other encodings are refused with the place of the
first bad byte, and files of other kinds by what they are.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypviz.corpora.kinds import is_utf16, refuse_other_kinds
from hypviz.corpora.wording import quoted
from hypviz.errors import HypvizError

MAX_BYTES = 200_000_000


def read_bytes(path: Path) -> bytes:
    """The file's bytes; one sentence when it is absent, a folder, a pipe or device, unreadable or larger than `MAX_BYTES`."""
    if not os.path.exists(path):  # unlike Path.exists, False for a name too long to exist
        raise HypvizError(f"There is no file {quoted(str(path), 200)}; check the path, or name a bundled set.")
    if path.is_dir():
        raise HypvizError(f"{path} is a folder; give a .txt, .jsonl, .json or .csv file.")
    if not path.is_file():
        raise HypvizError(f"{path} is a pipe or a device, which may never end; save what it gives as a file, and name that file.")
    if path.stat().st_size > MAX_BYTES:
        raise HypvizError(
            f"{path} has {path.stat().st_size / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB that are read; cut it into parts."
        )
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            data = file.read(MAX_BYTES + 1)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise HypvizError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise HypvizError(f"{path} changed while it was read; give it once more when it is written to its end.")
    return data


def decode(data: bytes, filename: str, *, zeros: bool = False) -> str:
    """UTF-8 text, or UTF-16 where the file is marked so; anything else is refused with what it is, or the place of the first bad byte.

    A zero byte is refused too unless `zeros` may stand for themselves.
    """
    refuse_other_kinds(data, filename, zeros=zeros)
    if is_utf16(data):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise HypvizError(
                f"{filename} begins as UTF-16 but is not ({error.reason} at byte {error.start}); save it as UTF-8 "
                f"(for example: iconv -f UTF-16 -t UTF-8 {filename})."
            ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HypvizError(
            f"{filename} is not UTF-8 (byte {error.start} is 0x{data[error.start]:02x}); save it as UTF-8 first, from the encoding that it "
            f"was written in (for example: iconv -f LATIN1 -t UTF-8 {filename} > utf8-{Path(filename).name}, or -f GBK, CP1251, SHIFT_JIS)."
        ) from error


def notices_of(data: bytes) -> tuple[str, ...]:
    """What was done to the bytes to read them."""
    return ("Read as UTF-16.",) if is_utf16(data) else ()


def is_whole(text: str) -> bool:
    """Whether the text can be written as UTF-8, which half of a surrogate pair cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
