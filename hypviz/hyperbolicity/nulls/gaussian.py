"""The Gaussian null: every distinct token gets its own vector of N(0, I_d), to the table's scale where the metric is hyperbolic."""

from __future__ import annotations

import numpy as np

from hypviz.hyperbolicity.nulls.entry import Draw, Null, Sample


def prepare(sample: Sample) -> Draw:
    """Vectors of independent normal numbers; with the root mean square of the table where scale matters."""
    n, d = sample.table.shape
    size = np.float32(np.sqrt(np.mean(sample.table.astype(np.float64) ** 2))) if sample.to_scale else np.float32(1.0)
    return lambda rng: size * rng.standard_normal((n, d), dtype=np.float32)


ENTRY = Null(
    name="gaussian",
    label="Gaussian points of the same n and d",
    help="Every token gets independent normal numbers: what the number of points and dimensions alone give.",
    order=10,
    prepare=prepare,
    needs_values=False,
)
