"""Files that are no text, known by their first bytes whatever their name says, each with the way to turn it into text."""

from __future__ import annotations

from hypviz.errors import HypvizError

_TABLE = "write its rows as JSON lines first (for example with pandas: {read}.to_json('rows.jsonl', orient='records', lines=True))"
_UNPACK = "unpack it first ({tool})"
_COPY = "copy its text into a .txt, .jsonl or .csv file"
_SHEET = "save it as CSV in UTF-8 first"
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip-compressed", _UNPACK.format(tool="gunzip")),
    (b"\xfd7zXZ\x00", "xz-compressed", _UNPACK.format(tool="unxz")),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", _UNPACK.format(tool="unzstd")),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK.format(tool="7z x")),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK.format(tool="unrar x")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", _SHEET),
    (b"SQLite format 3\x00", "an SQLite database", _TABLE.format(read="pd.read_sql(...)")),
    (b"ARROW1\x00\x00", "an Arrow file", _TABLE.format(read="pd.read_feather(...)")),
    (b"FEA1", "a Feather file", _TABLE.format(read="pd.read_feather(...)")),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _TABLE.format(read="pd.read_hdf(...)")),
    (b"Obj\x01", "an Avro file", "write its rows as JSON lines first"),
    (b"\x93NUMPY", "a NumPy array", "write its rows as JSON lines first"),
    (b"%PDF-", "a PDF document", _COPY),
    (b"{\\rtf", "an RTF document", _COPY),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", _COPY),
    (b"\xff\xd8\xff", "a JPEG picture", _COPY),
    (b"GIF8", "a GIF picture", _COPY),
    (b"GGUF", "a GGUF model", "choose it on Start; here a file of texts is wanted"),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer instead of the file", "fetch the file itself with git lfs pull"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def refuse_other_kinds(data: bytes, filename: str, *, zeros: bool = False) -> None:
    """One sentence for a file that its first bytes show to be a table, an archive, a document or a picture.

    A zero byte is no text either, but where `zeros` may stand for themselves, as in a table of all tokens.
    """
    kind = _known(data, filename)
    if kind is not None:
        raise HypvizError(f"{filename} is {kind[0]}, not text; {kind[1]}.")
    if data.startswith(_UTF16) or not data:
        return
    order = _unmarked_utf16(data)
    if order:
        raise HypvizError(
            f"{filename} looks like UTF-16 without a byte-order mark; save it as UTF-8 first "
            f"(for example: iconv -f UTF-16{order} -t UTF-8 {filename})."
        )
    if 0 in data and not zeros:
        raise HypvizError(f"{filename} holds a zero byte (byte {data.index(0):,}), so it is no text; choose a text file in UTF-8.")


def is_utf16(data: bytes) -> bool:
    """Whether the file begins with UTF-16's byte-order mark (UTF-32's little-endian one begins alike)."""
    return data.startswith(_UTF16) and not data.startswith(b"\xff\xfe\x00\x00")


def _unmarked_utf16(data: bytes) -> str:
    """The order of bytes (LE or BE) in which a file with zero bytes is a text in UTF-16, empty for neither."""
    if 0 not in data or len(data) % 2:
        return ""
    for order in ("LE", "BE") if data[1::2].count(0) >= data[::2].count(0) else ("BE", "LE"):
        try:
            text = data[: 1 << 16].decode(f"utf-16-{order.lower()}")
        except UnicodeDecodeError:
            continue
        if text.isprintable() or all(sign.isprintable() or sign.isspace() for sign in text):
            return order
    return ""


def _known(data: bytes, filename: str) -> tuple[str, str] | None:
    for first, kind, advice in _KINDS:
        if data.startswith(first):
            return kind, advice
    if data.startswith(b"PAR1") and data.endswith((b"PAR1", b"PARE")):
        return "a Parquet table", _TABLE.format(read="pd.read_parquet(...)")
    if data.startswith(b"PAR1") and 0 in data:
        return "a Parquet table that is cut off", "fetch it once more"
    if data.startswith(b"BZh") and data[4:10] == b"1AY&SY":
        return "bzip2-compressed", _UNPACK.format(tool="bunzip2")
    if data.startswith(b"ORC") and data.endswith(b"ORC", 0, len(data) - 1):
        return "an ORC table", _TABLE.format(read="pd.read_orc(...)")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data, filename)
    if data.startswith(b"\xff\xfe\x00\x00") or data.startswith(b"\x00\x00\xfe\xff"):
        return "UTF-32", "save it as UTF-8 first (for example with iconv -f UTF-32 -t UTF-8)"
    if len(data) > 257 and data[257:262] == b"ustar":
        return "a tar archive", _UNPACK.format(tool="tar -xf")
    return None


def _zipped(data: bytes, filename: str) -> tuple[str, str]:
    """What is inside a zip, by the names that stand uncompressed in it, or by its own name."""
    if b"xl/" in data or filename.lower().endswith((".xlsx", ".xlsm")):
        return "an Excel workbook", _SHEET
    if b"word/" in data:
        return "a Word document", _COPY
    if b"opendocument.spreadsheet" in data:
        return "an OpenDocument spreadsheet", _SHEET
    return "a zip archive", _UNPACK.format(tool="unzip")
