"""The null of random directions: every distinct token keeps its norm and gets a uniform direction."""

from __future__ import annotations

import numpy as np

from hypviz.hyperbolicity.nulls.entry import Draw, Null, Sample


def prepare(sample: Sample) -> Draw:
    """Normal vectors stretched to the norms of the table."""
    norm = np.linalg.norm(sample.table, axis=1, keepdims=True).astype(np.float32)

    def directions(rng: np.random.Generator) -> np.ndarray:
        drawn = rng.standard_normal(sample.table.shape, dtype=np.float32)
        return drawn * (norm / np.linalg.norm(drawn, axis=1, keepdims=True))

    return directions


ENTRY = Null(
    name="directions",
    label="random directions with the same norms",
    help="Every token keeps its norm and gets a random direction: what the norms alone give.",
    order=20,
    prepare=prepare,
)
