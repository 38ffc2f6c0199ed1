"""The header of a GGUF file, checked against the file before anything is loaded: its settings, and where each tensor lies.

In: a file. Out: a `GgufHeader`. The ``gguf`` package's own reader walks it; arrays (the tokenizer's lists) are stepped over, which takes a
tenth of a second where reading them takes seconds. Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor

if TYPE_CHECKING:
    from gguf import GGUFReader, ReaderTensor

MAGIC = b"GGUF"
INPUT_TABLE, OUTPUT_TABLE = "token_embd.weight", "output.weight"  # how llama.cpp names the two tables of every architecture
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_UNKNOWN_TYPE = re.compile(r"(\d+)\)? is not a valid GGMLQuantizationType")
_LENGTH = 4  # of an array, among the parts of its field: behind the name and its length, the kind, and the kind of its values
_COPY = "copy or download it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufHeader:
    """`settings` has the keys with one value each, `tensors` every tensor by its stored name.

    `StoredTensor.dtype` is ggml's name of its type (``Q4_1``); `n_tokens` is the length of the tokenizer's list.
    """

    file: Path
    settings: dict[str, str | int | float | bool]
    n_tokens: int
    tensors: dict[str, StoredTensor]

    @property
    def n_parameters(self) -> int:
        return sum(tensor.numel for tensor in self.tensors.values())

    @property
    def architecture(self) -> str:
        return str(self.settings.get("general.architecture", ""))


def is_gguf(file: Path) -> bool:
    """Whether a file is named or begins as a GGUF file; False where it cannot be read and has another ending."""
    if file.suffix.lower() == ".gguf":
        return True
    try:
        with open(file, "rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read_gguf(file: Path) -> GgufHeader:
    """The checked header of a language model in one GGUF file; raises `ModelError` by what is wrong with the file."""
    try:
        stat = file.stat()
        return _read(file, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise ModelError(
            f"{file} cannot be read ({error.strerror}); check the path and the permissions of the file and its folder."
        ) from error


@lru_cache(maxsize=4)
def _read(file: Path, size: int, _changed_ns: int) -> GgufHeader:
    _refuse_start(file, size)
    reader = _walked(file)
    tokens = reader.fields.get("tokenizer.ggml.tokens")
    header = GgufHeader(
        file=file,
        settings=_settings(reader),
        n_tokens=int(tokens.parts[_LENGTH][0]) if tokens is not None else 0,
        tensors={t.name: _stored(t, file) for t in reader.tensors},
    )
    check_header(header)
    return header


def check_header(header: GgufHeader) -> None:
    """Raise `ModelError` for a file that is no language model, or whose tables cannot be turned into numbers."""
    _refuse_other_kinds(header)
    for name in (INPUT_TABLE, OUTPUT_TABLE):
        if name in header.tensors:
            _refuse_unknown(header.tensors[name])


def type_bits(dtype: str) -> float:
    """Bits a number takes in ggml's type of that name, its share of the block's scales included."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    n_numbers, n_bytes = GGML_QUANT_SIZES[GGMLQuantizationType[dtype]]
    return 8 * n_bytes / n_numbers


def _refuse_start(file: Path, size: int) -> None:
    """Raise `ModelError` for what the first bytes and the name already tell."""
    with open(file, "rb") as stream:
        start = stream.read(64)
    part = _PART.search(file.name)
    if not size:
        raise ModelError(f"{file} is empty (0 bytes); {_COPY}.")
    if start.startswith(b"version https://git-lfs"):
        raise ModelError(f"{file} is a Git LFS pointer, not the model; run `git lfs pull` in its folder.")
    if not start.startswith(MAGIC):
        raise ModelError(f"{file} is no GGUF file: it begins with {start[:4]!r} instead of {MAGIC!r}; choose another file.")
    if part is not None and int(part[2]) > 1:
        raise _split(file, f"part {int(part[1])} of {int(part[2])}")


def _split(file: Path, which: str) -> ModelError:
    return ModelError(
        f"{file} is {which} of a split GGUF, which is not opened in parts; join them with `llama-gguf-split --merge FIRST_PART WHOLE.gguf` "
        "and give the whole file."
    )


def _walked(file: Path) -> GGUFReader:
    """The package's reader of a file that begins as GGUF; raises `ModelError` where it ends early or makes no sense."""
    from gguf import GGUFReader, GGUFValueType

    class HeaderReader(GGUFReader):
        """Steps over arrays, and stops where the file ends instead of handing out less than was asked for."""

        def _get(self, offset: int, dtype: Any, count: int = 1, override_order: Any = None) -> Any:
            if int(offset) + int(count) * np.dtype(dtype).itemsize > len(self.data):
                raise _ends_early(len(self.data))
            return super()._get(offset, dtype, count, override_order)

        def _get_field_parts(self, orig_offs: int, raw_type: int) -> Any:
            if raw_type != GGUFValueType.ARRAY:
                return super()._get_field_parts(orig_offs, raw_type)
            head = [self._get(orig_offs, "<u4"), self._get(orig_offs + 4, "<u8")]
            kind, n = GGUFValueType(int(head[0][0])), int(head[1][0])
            size = _array_bytes(self.data, orig_offs + 12, kind, n)
            return 12 + size, [*head, self._get(orig_offs + 12, "u1", size)], [], [GGUFValueType.ARRAY, kind]

    try:
        reader = HeaderReader(file)
    except EOFError as error:
        raise ModelError(f"{file} is cut short ({error}); {_COPY}.") from error
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, ArithmeticError) as error:
        said = str(error).strip("'\"").rstrip(".")
        unknown = _UNKNOWN_TYPE.search(said)
        if unknown is not None:
            raise ModelError(
                f"{file} stores numbers in a type that the gguf package does not know (number {unknown[1]}); choose a release in Q8_0, "
                "Q4_K or F16."
            ) from error
        raise ModelError(f"{file} is damaged, or a GGUF of a version that cannot be read ({said}); {_COPY}.") from error
    if reader.byte_order == "S":
        raise ModelError(f"{file} is stored for processors of the other byte order; download the usual (little-endian) release.")
    return reader


def _ends_early(n_bytes: int) -> EOFError:
    return EOFError(f"{n_bytes:,} bytes are there, and more are announced")


def _array_bytes(data: Any, start: int, kind: Any, n: int) -> int:
    """How many bytes an array of `n` values takes that begins at `start`; raises `EOFError` where the file ends before."""
    from gguf import GGUFReader, GGUFValueType

    if kind in GGUFReader.gguf_scalar_to_np:
        return n * int(GGUFReader.gguf_scalar_to_np[kind]().itemsize)
    if kind != GGUFValueType.STRING:
        raise ValueError("it holds arrays of arrays")
    at, raw = start, memoryview(data)
    for _ in range(n):
        if at + 8 > len(raw):
            raise _ends_early(len(raw))
        at += 8 + int.from_bytes(raw[at : at + 8], "little")
    return at - start


def _settings(reader: GGUFReader) -> dict[str, str | int | float | bool]:
    from gguf import GGUFValueType

    return {
        name: field.contents()
        for name, field in reader.fields.items()
        if field.types and field.types[0] != GGUFValueType.ARRAY and not name.startswith("GGUF.")
    }


def _stored(tensor: ReaderTensor, file: Path) -> StoredTensor:
    shape = tuple(int(n) for n in reversed(tensor.shape.tolist()))
    start = int(tensor.data_offset)
    return StoredTensor(
        name=tensor.name, dtype=tensor.tensor_type.name, shape=shape, start=start, stop=start + int(tensor.n_bytes), file=file
    )


def _refuse_other_kinds(header: GgufHeader) -> None:
    """Raise `ModelError` for GGUF files that hold something else than one whole language model."""
    file, settings = header.file, header.settings
    n_parts = settings.get("split.count", 0)
    if isinstance(n_parts, int) and n_parts > 1:
        raise _split(file, f"one of {n_parts} parts")
    kind = str(settings.get("general.type", "model"))
    if kind == "adapter":
        raise ModelError(f"{file} is an adapter ({settings.get('adapter.type', 'LoRA')}), not a model; choose the GGUF of its base model.")
    if kind == "mmproj" or header.architecture == "clip":
        raise ModelError(f"{file} is the projector of a vision-language model (mmproj), not a language model; choose the GGUF beside it.")
    if INPUT_TABLE not in header.tensors:
        raise ModelError(
            f"{file} holds no tensor {INPUT_TABLE}, the input embeddings ({len(header.tensors):,} tensors, {kind or 'no type'} of "
            f"architecture {header.architecture or 'unknown'}); choose the GGUF of a whole language model."
        )


def _refuse_unknown(table: StoredTensor) -> None:
    """Raise `ModelError` for a table whose type the package cannot turn into numbers, or that is no table."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import dequantize

    if len(table.shape) != 2:
        raise ModelError(f"{table.file} stores {table.name} as {list(table.shape)}, which is no table of rows; choose another file.")
    kind = GGMLQuantizationType[table.dtype]
    try:
        if table.dtype not in TORCH_NAMES:
            dequantize(np.zeros((1, GGML_QUANT_SIZES[kind][1]), dtype=np.uint8), kind)
    except NotImplementedError as error:
        raise ModelError(
            f"{table.file} stores {table.name} as {table.dtype}, which the gguf package cannot turn back into numbers; choose a release in "
            "Q8_0, Q4_K or F16."
        ) from error
