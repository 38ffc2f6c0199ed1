"""The rows of the two tables, read from the weight file without loading the model, a large table only as it is asked for.

The raw weight: Gemma multiplies its rows by sqrt(hidden_size) inside the model, and that scale is reported in
`ModelSummary.embedding_scale`, not applied here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.checkpoint.headers import TORCH_NAMES
from hypviz.models.checkpoint.table_rows import table_rows
from hypviz.models.checkpoint.tables import INPUT, OUTPUT
from hypviz.models.checkpoint.values import config_block_size, read_values
from hypviz.models.live import memory
from hypviz.models.live.description import description, identity_of
from hypviz.models.live.held import Held
from hypviz.records.models import Embeddings, ModelRef

_TABLES: Held[Embeddings] = Held(2)  # the input and the output table of the model at hand
memory.give_way(_TABLES.forget)


def read_embeddings(ref: ModelRef, *, output: bool = False) -> Embeddings:
    """(vocab_size, hidden_size) float32 rows of the input embeddings, or of the output layer, as the file holds them.

    Where one table serves as both, `output` gives that; where the file holds two, each is its own, whatever config.json says. Float8
    rows are multiplied by their scales. A table of at most `KEPT_WHOLE` bytes is read once for all threads and stays in memory while it is
    one of the last two; of a larger one rows are read from the file as they are asked for (`table_rows`), the same numbers.
    Raises `ModelError` for a model without the layer and, when they are read, for rows that are not finite.
    """
    tables = description(ref).tables
    name = tables.output if output else tables.input
    if name is None:
        lost = f", and its weight files lack {tables.lost}" if tables.lost else ""
        raise ModelError(f"{ref.label} has no output embeddings{lost}; measure the input embeddings.")
    return _TABLES.get((identity_of(ref), name), lambda: _read(ref, name, OUTPUT if output else INPUT))


def _read(ref: ModelRef, name: str, what: str) -> Embeddings:
    folder = Path(ref.path)
    tensors = open_checkpoint(folder).tensors
    if name not in tensors:
        raise ModelError(f"The files of {ref.label} changed while they were read; load the model again.")
    tensor = tensors[name]
    rows = table_rows(tensor, f"{what} of {ref.label}")
    if rows is not None and 4 * tensor.numel > memory.KEPT_WHOLE:
        return Embeddings(values=rows, tensor_name=tensor.name, fingerprint=ref.fingerprint)
    memory.check_memory(2 * 4 * tensor.numel, f"The embedding table of {ref.label}")
    blocks = None if tensor.dtype in TORCH_NAMES else rows  # plain numbers are read at once
    values = read_values(tensor, tensors, name, block=config_block_size(folder)) if blocks is None else blocks[:]
    check_finite(values, f"{what} of {ref.label}")
    values.flags.writeable = False
    return Embeddings(values=values, tensor_name=tensor.name, fingerprint=ref.fingerprint)


def check_finite(values: np.ndarray, what: str) -> None:
    """Raise `ModelError` with the count and the first rows if any row holds NaN or infinity."""
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if bad.size:
        first = ", ".join(str(int(row)) for row in bad[:5]) + (", ..." if bad.size > 5 else "")
        raise ModelError(
            f"{bad.size:,} of {len(values):,} rows of {what} hold NaN or infinity (rows {first}); "
            "the checkpoint is damaged, so use another copy."
        )
