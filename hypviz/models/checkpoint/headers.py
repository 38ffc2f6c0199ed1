"""The header of a local safetensors file, checked against the file before anything is loaded.

huggingface_hub parses it; the offsets in it count from its end (https://huggingface.co/docs/safetensors). A file cut short by a broken
download or copy is found here, by arithmetic, and not by a crash while reading weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import ModelError

if TYPE_CHECKING:
    from huggingface_hub.utils import TensorInfo

BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F4": 4,
    "F6_E2M3": 6, "F6_E3M2": 6, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64,
    "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
COMPUTED = (
    "BOOL", "U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64", "F16", "BF16", "F32", "F64",
    "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0",
)  # fmt: skip
TORCH_NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_LARGEST_HEADER = 100_000_000  # the limit of the safetensors library


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTensor:
    """One tensor of a file: `start` and `stop` are byte positions in the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int
    file: Path

    @property
    def numel(self) -> int:
        return math.prod(self.shape)


def read_header(file: Path) -> dict[str, StoredTensor]:
    """Every tensor of `file` by name, after checking that each lies whole within it; raises `ModelError`."""
    size, start = _checked_size(file)
    tensors = parse_header(file, start)
    _refuse_unknown(file, tensors)
    end = start
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.start, tensor.stop)):
        if tensor.start < end:
            raise _damaged(file, f"{tensor.name} overlaps another tensor")
        end = tensor.stop
    if end > size:
        raise _damaged(file, f"it should have {end:,} bytes and has {size:,}", cut=True)
    held = start + sum(tensor.stop - tensor.start for tensor in tensors.values())
    if held < size:
        raise _damaged(file, f"it has {size - held:,} bytes that belong to no tensor")
    return tensors


def _checked_size(file: Path) -> tuple[int, int]:
    """Bytes of the file, and where its header ends; raises `ModelError` where the header cannot be in it."""
    size = file.stat().st_size
    with open(file, "rb") as stream:
        prefix = stream.read(64)
    if prefix.startswith(b"version https://git-lfs"):
        raise ModelError(f"{file} is a Git LFS pointer, not the weights; run `git lfs pull` in its folder.")
    length = int.from_bytes(prefix[:8], "little")
    if size < 8 or length > min(size - 8, _LARGEST_HEADER):
        raise _damaged(file, f"its header should take {length:,} bytes and the file has {size:,}")
    return size, 8 + length


def parse_header(file: Path, start: int) -> dict[str, StoredTensor]:
    """The tensors that the header in `file` names, which ends at byte `start`, with positions in a whole file; raises `ModelError`."""
    from huggingface_hub import parse_local_safetensors_file_metadata
    from huggingface_hub.errors import SafetensorsParsingError

    try:
        found = parse_local_safetensors_file_metadata(file).tensors
        return {name: _entry(name, tensor, start, file) for name, tensor in found.items()}
    except (SafetensorsParsingError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise _damaged(file, f"its header cannot be read: {error}") from error


def read_float32(tensor: StoredTensor) -> np.ndarray:
    """The values of a floating-point tensor as float32, read from the file alone; exact for F32, F16 and BF16."""
    if tensor.dtype not in TORCH_NAMES:
        raise ModelError(
            f"{tensor.name} is stored as {tensor.dtype}, which is quantised; choose a checkpoint stored as float32, float16 or bfloat16."
        )
    return as_float32(numbers_of(tensor, stored_kind(tensor)), tensor.dtype)


def numbers_of(tensor: StoredTensor, kind: str) -> np.ndarray:
    """The numbers of numpy's `kind` as they lie in the file, in the tensor's shape; `ModelError` where the file is no longer as it was."""
    try:
        flat = np.fromfile(tensor.file, dtype=kind, count=tensor.numel, offset=tensor.start)
        return flat.reshape(tensor.shape)
    except (OSError, ValueError) as error:
        raise ModelError(f"{tensor.file} changed while it was read; load the model again.") from error


def stored_kind(tensor: StoredTensor) -> str:
    """numpy's name of the numbers as they lie in the file, a bfloat16 as its 16 bits."""
    return {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}[tensor.dtype]


def as_float32(stored: np.ndarray, dtype: str) -> np.ndarray:
    """Numbers of `stored_kind`, of any shape, as float32."""
    if dtype != "BF16":
        return stored.astype(np.float32, copy=False)
    values = np.zeros(stored.shape, dtype="<f4")
    values.view("<u2")[..., 1::2] = stored  # the upper half of a float32
    return values


def _entry(name: str, found: TensorInfo, base: int, file: Path) -> StoredTensor:
    begin, end = (int(v) for v in found.data_offsets)
    shape = tuple(int(v) for v in found.shape)
    dtype = str(found.dtype)
    if begin < 0 or end < begin or any(v < 0 for v in shape):
        raise ValueError(f"{name} has impossible offsets {begin}..{end} or shape {list(shape)}")
    if dtype in BITS and (end - begin) * 8 != math.prod(shape) * BITS[dtype]:
        raise ValueError(f"{name} has {end - begin} bytes for {list(shape)} {dtype}")
    return StoredTensor(name=name, dtype=dtype, shape=shape, start=base + begin, stop=base + end, file=file)


def _refuse_unknown(file: Path, tensors: dict[str, StoredTensor]) -> None:
    """Raise `ModelError` by the tensor's name for numbers in a format that nothing here can compute with."""
    strange = [t for t in tensors.values() if t.dtype not in COMPUTED]
    if strange:
        first, others = strange[0], f" (and {len(strange) - 1:,} more tensors)" if len(strange) > 1 else ""
        known = "numbers of less than 8 bits, or complex ones" if first.dtype in BITS else "a format that safetensors does not define"
        raise ModelError(
            f"{file} stores {first.name}{others} as {first.dtype!r}: {known}, which hypviz cannot compute with; choose a release of the "
            "model in bfloat16, float16 or float32, or save it as such."
        )


def _damaged(file: Path, what: str, *, cut: bool = False) -> ModelError:
    state = "is cut short" if cut else "is damaged"
    return ModelError(f"{file} {state} ({what}); copy or download it again.")
