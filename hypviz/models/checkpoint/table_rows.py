"""A stored table whose rows are read as they are asked for, whichever way it is stored: plain, as GGUF's blocks, or packed row by row."""

from __future__ import annotations

from hypviz.models.checkpoint.gguf_rows import GgufRows, is_quantised
from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor
from hypviz.models.checkpoint.packed.rows import PackedRows, is_by_rows
from hypviz.models.checkpoint.stored_rows import StoredRows


def table_rows(tensor: StoredTensor, what: str) -> StoredRows | None:
    """The table, `what` in sentences; None for float8, whose scales can go over many rows, and for what can only be decoded whole."""
    if is_quantised(tensor):
        return GgufRows(tensor, what)
    if is_by_rows(tensor):
        return PackedRows(tensor, what)
    return StoredRows(tensor, what) if tensor.dtype in TORCH_NAMES else None
