"""The tensors that two checkpoints share, by where they stand in the model, read as numbers one after the other.

In: two checkpoints. Out: pairs of stored tensors and what each has alone; and the values of one tensor as float32, by rows where it is a
matrix. Nothing is kept: a pair is in memory only while it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from hypviz.models.checkpoint.float8 import FORMATS, is_float8, scale_name
from hypviz.models.checkpoint.folder import Checkpoint
from hypviz.models.checkpoint.gguf_rows import GgufRows, GgufWeight, dequantised, is_quantised
from hypviz.models.checkpoint.gguf_steps import step_energy
from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor
from hypviz.models.checkpoint.packed.tensors import PackedTensor
from hypviz.models.checkpoint.table_rows import table_rows
from hypviz.models.checkpoint.values import config_block_size, read_values

_AROUND = frozenset({"model", "language_model", "text_model", "transformer", "base_model"})
_FRACTION_BITS = {"BF16": 7, "F16": 10, "F32": 23, "F64": 23}  # of what is read as float32


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTensors:
    """`pairs` are (name in the base, name in the other) in the base's order; the rest are names that one of them has alone, and those of
    the base that hold whole numbers or what is not read in either.
    """

    pairs: tuple[tuple[str, str], ...]
    only_base: tuple[str, ...]
    only_other: tuple[str, ...]
    packed: tuple[str, ...]


def shared_tensors(base: Checkpoint, other: Checkpoint) -> SharedTensors:
    """What the two share, whatever stands around the text model in their names."""
    own, theirs = _weights(base), {_place(name): name for name in _weights(other)}
    found = [(name, theirs[_place(name)]) for name in own if _place(name) in theirs]
    packed = [name for name, twin in found if not (_is_numbers(base.tensors[name]) and _is_numbers(other.tensors[twin]))]
    ours = {_place(name) for name in own}
    return SharedTensors(
        pairs=tuple((name, twin) for name, twin in found if name not in set(packed)),
        only_base=tuple(name for name in own if _place(name) not in theirs),
        only_other=tuple(name for place, name in theirs.items() if place not in ours),
        packed=tuple(packed),
    )


def whole_tensor(checkpoint: Checkpoint, name: str) -> Float32[np.ndarray, "..."]:
    """All values of a tensor; float8 multiplied by its scales, GGUF's types and packed ones dequantised."""
    tensor = checkpoint.tensors[name]
    if isinstance(tensor, GgufWeight):
        return tensor.read()
    if is_quantised(tensor):
        return GgufRows(tensor, name)[:] if len(tensor.shape) == 2 else dequantised(tensor)
    block = config_block_size(checkpoint.folder) if tensor.dtype in FORMATS else None
    return read_values(tensor, checkpoint.tensors, name, block=block)


def rows_of(checkpoint: Checkpoint, name: str, n: int, step: int) -> Iterator[tuple[int, Float32[np.ndarray, "m d"]]]:
    """The first `n` rows of a matrix, `step` at a time, each with the number of its first row."""
    tensor = checkpoint.tensors[name]
    rows = None if isinstance(tensor, GgufWeight) else table_rows(tensor, name)
    table = whole_tensor(checkpoint, name) if rows is None else rows
    for first in range(0, n, step):
        yield first, table[first : min(n, first + step)]


def rounding_energy(tensor: StoredTensor, values: Float32[np.ndarray, "..."], first: int = 0) -> float | None:
    """The expected square of what storing these values as `tensor` does takes off them, summed; None where that is not known.

    `first` is the number of their first row. A value in [2^e, 2^(e+1)) of a plain format lies on a grid of step 2^(e - bits), and an error
    spread evenly over a step has variance step^2 / 12; GGUF's types have steps of their own (`step_energy`).
    """
    if isinstance(tensor, GgufWeight) and any(is_quantised(source) for source in tensor.sources):
        found = [step_energy(source) for source in tensor.sources]
        return None if None in found else sum(energy or 0.0 for energy in found)
    if is_quantised(tensor):
        return step_energy(tensor, first, first + len(values))
    bits = _FRACTION_BITS.get(tensor.dtype)
    if bits is None:
        return None
    held = np.ascontiguousarray(values, dtype=np.float32).reshape(-1).view(np.uint32)
    exponent = np.bincount(((held >> 23) & 0xFF).astype(np.uint8), minlength=256)  # biased by 127; 0 for zeros and what is next to them
    step = np.exp2(np.arange(1, 256) - 127.0 - bits)
    return float((exponent[1:] * step**2).sum() / 12.0)


def quantised_format(tensor: StoredTensor) -> str | None:
    """The format of a tensor that stands for numbers by blocks or with scales, None for plain numbers."""
    if isinstance(tensor, GgufWeight):
        return " and ".join(dict.fromkeys(source.dtype for source in tensor.sources if is_quantised(source))) or None
    return tensor.dtype if isinstance(tensor, PackedTensor) or tensor.dtype in FORMATS or is_quantised(tensor) else None


def _weights(checkpoint: Checkpoint) -> list[str]:
    """The names of all tensors but the scales of float8 ones."""
    scales = {scale_name(name, checkpoint.tensors) for name, tensor in checkpoint.tensors.items() if is_float8(tensor)}
    return [name for name in checkpoint.tensors if name not in scales]


def _is_numbers(tensor: StoredTensor) -> bool:
    return tensor.dtype in TORCH_NAMES or tensor.dtype in FORMATS or is_quantised(tensor) or isinstance(tensor, (PackedTensor, GgufWeight))


def _place(name: str) -> str:
    parts = name.split(".")
    while len(parts) > 1 and parts[0] in _AROUND:
        parts = parts[1:]
    return ".".join(parts)
