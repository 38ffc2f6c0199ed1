"""The noise that quantising makes: the steps between the numbers that a block of a GGUF tensor can stand for.

In: a quantised tensor. Out: the expected energy of its noise. In all of ggml's types that are listed here a number is a whole code times a
step of its block, plus a constant (ggml-common.h has the layouts); the step is what raising all codes by one changes, so that the ``gguf``
package's own dequantisation tells it. An error spread evenly over a step has variance step^2 / 12.
"""

from __future__ import annotations

import math

import numpy as np

from hypviz.models.checkpoint.headers import StoredTensor

_CODES = {  # by type: where in a block the (lower bits of the) codes begin, how many bytes they are, and the byte in which each code is 1
    "Q4_0": (2, 16, 0x11), "Q4_1": (4, 16, 0x11), "Q5_0": (6, 16, 0x11), "Q5_1": (8, 16, 0x11), "Q8_0": (2, 32, 0x01),
    "Q2_K": (16, 64, 0x55), "Q3_K": (32, 64, 0x55), "Q4_K": (16, 128, 0x11), "Q5_K": (48, 128, 0x11), "Q6_K": (0, 128, 0x11),
}  # fmt: skip
_BYTES_AT_ONCE = 1 << 22


def step_energy(tensor: StoredTensor, first: int = 0, stop: int | None = None) -> float | None:
    """The expected square of quantising's error, summed over the rows from `first` to `stop`; None for a type whose steps are not known."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    if tensor.dtype not in _CODES:
        return None
    n_rows = tensor.shape[0]
    a_row = (tensor.stop - tensor.start) // n_rows
    start, end = tensor.start + first * a_row, tensor.start + (n_rows if stop is None else stop) * a_row
    a_block = GGML_QUANT_SIZES[GGMLQuantizationType[tensor.dtype]][1]
    at_once = _BYTES_AT_ONCE // a_block * a_block
    parts = (np.fromfile(tensor.file, dtype=np.uint8, count=min(at_once, end - at), offset=at) for at in range(start, end, at_once))
    return (
        math.fsum(float(np.square(block_steps(part.reshape(-1, a_block), tensor.dtype), dtype=np.float64).sum()) for part in parts) / 12.0
    )


def block_steps(blocks: np.ndarray, kind: str) -> np.ndarray:
    """The step of every number of these blocks (n, bytes) of a listed type."""
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize

    at, n, one = _CODES[kind]
    ends: list[np.ndarray] = []
    for code in (0, one):
        filled = blocks.copy()
        filled[:, at : at + n] = code
        ends.append(dequantize(filled, GGMLQuantizationType[kind]))
    return np.abs(ends[1] - ends[0])
