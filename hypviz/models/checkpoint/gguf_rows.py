"""Rows of a quantised GGUF table, turned into numbers as they are asked for by the ``gguf`` package's own dequantisation.

In: a stored tensor (n, d) of a ggml type (Q4_1, Q6_K, ...). Out: float32 arrays of the rows asked for, bit for bit those of the table
dequantised whole: a row is a whole number of blocks, and a block stands for its numbers by itself.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor
from hypviz.models.checkpoint.stored_rows import StoredRows


def is_quantised(tensor: StoredTensor) -> bool:
    """Whether a tensor's type is one of ggml's that stand for numbers by blocks."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    known = GGMLQuantizationType.__members__.get(tensor.dtype)
    return tensor.dtype not in TORCH_NAMES and known is not None and GGML_QUANT_SIZES[known][0] > 1


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
