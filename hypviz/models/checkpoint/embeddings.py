"""The input- and output-embedding rows, read straight from the weight file without loading the model.

The raw weight: Gemma multiplies its rows by sqrt(hidden_size) inside the model, and that scale is reported in
`ModelSummary.embedding_scale`, not applied here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.float8 import config_block_size, read_values
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.checkpoint.tables import INPUT, OUTPUT, stored_tables
from hypviz.models.live.memory import check_memory
from hypviz.models.live.skeleton import build_skeleton
from hypviz.records.models import Embeddings, ModelRef


def read_embeddings(ref: ModelRef, *, output: bool = False) -> Embeddings:
    """(vocab_size, hidden_size) float32 rows of the input embeddings, or of the output layer, as the file holds them.

    Where one table serves as both, `output` gives that; where the file holds two, each is its own, whatever config.json says. Float8
    rows are multiplied by their scales. Raises `ModelError` for rows that are not finite and for a model without the layer.
    """
    folder = Path(ref.path)
    checkpoint = open_checkpoint(folder)
    found = stored_tables(checkpoint, build_skeleton(folder, trust_remote_code=ref.trust_remote_code))
    name, what = (found.output, OUTPUT) if output else (found.input, INPUT)
    if name is None:
        lost = f", and its weight files lack {found.lost}" if found.lost else ""
        raise ModelError(f"{ref.label} has no output embeddings{lost}; measure the input embeddings.")
    tensor = checkpoint.tensors[name]
    check_memory(2 * 4 * tensor.numel, f"The embedding table of {ref.label}")
    values = read_values(tensor, checkpoint.tensors, name, block=config_block_size(folder))
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
