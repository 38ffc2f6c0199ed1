"""The numbers of a stored tensor as float32, whichever way it is stored: plain, float8 with scales, or packed.

In: a tensor of a checkpoint. Out: an array of its shape. What GGUF stores in blocks is `hypviz.models.checkpoint.gguf_rows`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hypviz.models.checkpoint.float8 import block_size, is_float8, read_float8
from hypviz.models.checkpoint.headers import StoredTensor, read_float32
from hypviz.models.checkpoint.packed.tensors import PackedTensor, read_packed


def read_values(tensor: StoredTensor, tensors: dict[str, StoredTensor], name: str, *, block: tuple[int, int] | None) -> np.ndarray:
    """The values of the tensor called `name` in `tensors`, multiplied out where it has scales; `block` is their size (`config_block_size`).

    Raises `ModelError` by the tensor's name for numbers in a format that is not read, and for parts that are missing or do not fit.
    """
    if isinstance(tensor, PackedTensor):
        return read_packed(tensor)
    return read_float8(tensor, tensors, name, block=block) if is_float8(tensor) else read_float32(tensor)


def config_block_size(folder: Path) -> tuple[int, int] | None:
    """`block_size` of the config.json in `folder`."""
    from hypviz.models.checkpoint.folder import read_json

    return block_size(read_json(folder / "config.json"))
