"""The first bytes of a GGUF file, of which no more need be there: settings, tensors and where they lie; and the head of a smaller file.

In: bytes from the start of a file on another machine. Out: a `GgufStart`, or None where they end too early. A file of some of the tensors
has the same settings, byte by byte. Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from hypviz.errors import ModelError
from hypviz.models.checkpoint.gguf_header import MAGIC, GgufHeader
from hypviz.models.checkpoint.headers import StoredTensor

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_UINT32, _TEXT, _ARRAY = 4, 8, 9
_TOKENS, _ALIGNMENT = "tokenizer.ggml.tokens", "general.alignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufStart:
    """`settings` are the bytes of all `n_settings` settings, `alignment` that of the tensors in bytes."""

    header: GgufHeader
    version: int
    settings: bytes
    n_settings: int
    alignment: int


def read_start(raw: bytes, file: Path) -> GgufStart | None:
    """What the bytes say of `file`, whose name is for sentences; raises `ModelError` for what is no GGUF."""
    if len(raw) >= len(MAGIC) and not raw.startswith(MAGIC):
        raise ModelError(f"{file} is no GGUF file: it begins with {raw[:4]!r} instead of {MAGIC!r}; choose another file.")
    at = _Cursor(raw, file)
    try:
        return _start(at, file)
    except EOFError:
        return None


def head_of(start: GgufStart, tensors: Sequence[StoredTensor], *, first_rows: dict[str, int]) -> tuple[bytes, tuple[int, ...]]:
    """The head of a file that holds `tensors` alone, in this order, and how many zero bytes follow each of them.

    `first_rows` are settings more, whole numbers by name.
    """
    from gguf import GGMLQuantizationType

    more = b"".join(_text(name) + struct.pack("<II", _UINT32, value) for name, value in first_rows.items())
    infos, offset, pads = b"", 0, list[int]()
    for tensor in tensors:
        dims = tuple(reversed(tensor.shape))
        number = int(GGMLQuantizationType[tensor.dtype])
        infos += _text(tensor.name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, number, offset)
        pads.append(-(tensor.stop - tensor.start) % start.alignment)
        offset += tensor.stop - tensor.start + pads[-1]
    counts = struct.pack("<IQQ", start.version, len(tensors), start.n_settings + len(first_rows))
    head = MAGIC + counts + start.settings + more + infos
    return head + bytes(-len(head) % start.alignment), tuple(pads)


class _Cursor:
    """A place in bytes that moves on as it reads; `EOFError` where they end."""

    def __init__(self, raw: bytes, file: Path) -> None:
        self.raw, self.at, self.file = raw, 0, file

    def skip(self, n: int) -> None:
        self.at += n
        if self.at > len(self.raw):
            raise EOFError

    def number(self, form: str) -> int | float | bool:
        begin = self.at
        self.skip(struct.calcsize(form))
        return struct.unpack_from(form, self.raw, begin)[0]

    def whole(self, form: str = "<Q") -> int:
        return int(self.number(form))

    def text(self) -> str:
        length = self.whole()
        begin = self.at
        self.skip(length)
        return self.raw[begin : self.at].decode("utf-8", errors="replace")

    def value(self) -> str | int | float | bool | None:
        """One setting; None for an array, which is stepped over."""
        kind = self.whole("<I")
        if kind == _TEXT:
            return self.text()
        if kind in _NUMBERS:
            return self.number(_NUMBERS[kind])
        if kind != _ARRAY:
            raise self.damaged(f"it has settings of an unknown kind, {kind}")
        self.array()
        return None

    def array(self) -> int:
        """Step over an array and say how many values it has."""
        inner, n = self.whole("<I"), self.whole()
        if inner in _NUMBERS:
            self.skip(n * struct.calcsize(_NUMBERS[inner]))
        elif inner == _TEXT:
            for _ in range(n):
                self.skip(self.whole())
        else:
            raise self.damaged("it holds arrays of arrays")
        return n

    def damaged(self, why: str) -> ModelError:
        return ModelError(f"{self.file} is damaged, or a GGUF of a version that cannot be read ({why}); choose another file.")


def _start(at: _Cursor, file: Path) -> GgufStart:
    at.skip(len(MAGIC))
    version = at.whole("<I")
    if version not in (2, 3):
        raise at.damaged(f"version {version}")
    n_tensors, n_settings = at.whole(), at.whole()
    begin, found, n_tokens = at.at, dict[str, str | int | float | bool](), 0
    for _ in range(n_settings):
        name = at.text()
        if name == _TOKENS:
            at.skip(4)  # the kind, which is an array
            n_tokens = at.array()
            continue
        value = at.value()
        if value is not None:
            found[name] = value
    settings, alignment = at.raw[begin : at.at], found.get(_ALIGNMENT, 32)
    if not isinstance(alignment, int) or not 0 < alignment <= 1 << 20:
        raise at.damaged(f"its alignment is {alignment}")
    infos = [_info(at) for _ in range(n_tensors)]
    base = at.at + -at.at % alignment
    tensors = {name: _stored(at, name, shape, kind, base + offset) for name, shape, kind, offset in infos}
    return GgufStart(
        header=GgufHeader(file=file, settings=found, n_tokens=n_tokens, tensors=tensors),
        version=version,
        settings=settings,
        n_settings=n_settings,
        alignment=alignment,
    )


def _info(at: _Cursor) -> tuple[str, tuple[int, ...], int, int]:
    """Name, shape, number of its type and offset of a tensor."""
    name, n_dims = at.text(), at.whole("<I")
    if n_dims > 8:
        raise at.damaged(f"{name[:60]} has {n_dims} dimensions")
    dims = [at.whole() for _ in range(n_dims)]
    return name, tuple(reversed(dims)), at.whole("<I"), at.whole()


def _stored(at: _Cursor, name: str, shape: tuple[int, ...], number: int, start: int) -> StoredTensor:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        kind = GGMLQuantizationType(number)
    except ValueError as error:
        raise ModelError(
            f"{at.file} stores {name} in a type that the gguf package does not know (number {number}); choose a release in Q8_0, Q4_K or "
            "F16."
        ) from error
    n_numbers, n_bytes = GGML_QUANT_SIZES[kind]
    return StoredTensor(name=name, dtype=kind.name, shape=shape, start=start, stop=start + prod(shape) // n_numbers * n_bytes, file=at.file)


def _text(text: str) -> bytes:
    raw = text.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw
