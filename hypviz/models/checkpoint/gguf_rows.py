"""Rows of a quantised GGUF table, turned into numbers as they are asked for by the ``gguf`` package's own dequantisation.

In: a stored tensor (n, d) of a ggml type (Q4_1, Q6_K, ...). Out: float32 arrays of the rows asked for, bit for bit those of the table
dequantised whole: a row is a whole number of blocks, and a block stands for its numbers by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor
from hypviz.models.checkpoint.packed.tensors import PackedTensor
from hypviz.models.checkpoint.stored_rows import StoredRows


def is_quantised(tensor: StoredTensor) -> bool:
    """Whether a tensor's type is one of ggml's that stand for numbers by blocks; a packed one of safetensors can be called alike."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    if isinstance(tensor, PackedTensor):
        return False
    known = GGMLQuantizationType.__members__.get(tensor.dtype)
    return tensor.dtype not in TORCH_NAMES and known is not None and GGML_QUANT_SIZES[known][0] > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufWeight(StoredTensor):
    """A weight as the architecture has it, made of `sources` of a GGUF file; `name`, `start`, `stop` and `file` are those of the first, and
    `read` gives its numbers, float32 of its `shape`."""

    sources: tuple[StoredTensor, ...]
    read: Callable[[], np.ndarray]


class GgufRows(StoredRows):
    """A quantised table (n, d) in a file; `what` names it in the sentence about rows that are not finite."""

    def _check_kind(self) -> None:
        if not is_quantised(self.tensor) or len(self.tensor.shape) != 2:
            raise ValueError(f"{self.tensor.name} is {self.tensor.dtype} {self.tensor.shape}, not a quantised table")

    def _held(self, n: int) -> np.ndarray:
        return np.empty((n, (self.tensor.stop - self.tensor.start) // max(len(self), 1)), dtype=np.uint8)

    def _numbers(self, held: np.ndarray) -> Float32[np.ndarray, "m d"]:
        from gguf import GGMLQuantizationType
        from gguf.quants import dequantize

        if not len(held):
            return np.empty((0, self.shape[1]), dtype=np.float32)
        return dequantize(held, GGMLQuantizationType[self.tensor.dtype]).astype(np.float32, copy=False)


def dequantised(tensor: StoredTensor) -> np.ndarray:
    """The numbers of a tensor of any of ggml's types, float32 of its shape."""
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize, quant_shape_to_byte_shape

    number = GGMLQuantizationType[tensor.dtype]
    plain = {"F64": np.float64, "F32": np.float32, "F16": np.float16}.get(tensor.dtype)
    if plain is not None:
        flat = np.fromfile(tensor.file, dtype=plain, count=tensor.numel, offset=tensor.start)
        return flat.astype(np.float32, copy=False).reshape(tensor.shape)
    held = np.fromfile(tensor.file, dtype=np.uint8, count=tensor.stop - tensor.start, offset=tensor.start)
    return dequantize(held.reshape(quant_shape_to_byte_shape(tensor.shape, number)), number)
