"""The null of the spectrum: Gaussian vectors that have exactly the singular values of the tokens at hand, in a random frame.

Vectors drawn from the sample covariance would have another spectrum where tokens are few.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

from hypviz.hyperbolicity.nulls.entry import Draw, Null, Sample


def spectrum(table: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, " k"]:
    """Standard deviations along the principal axes of the rows, largest first, at most min(n - 1, d) of them."""
    x = np.asarray(table, dtype=np.float64)
    x = x - x.mean(axis=0)
    gram = x @ x.T if len(x) <= x.shape[1] else x.T @ x
    values = np.linalg.eigvalsh(gram)[::-1][: max(1, min(len(x) - 1, x.shape[1]))]
    return np.sqrt(np.maximum(values, 0.0) / max(len(x) - 1, 1))


def prepare(sample: Sample) -> Draw:
    """A uniformly random orthonormal frame times the singular values."""
    n, d = sample.table.shape
    singular = (spectrum(sample.table) * np.sqrt(max(n - 1, 1))).astype(np.float32)
    # a metric that changes under scaling divides by the root of the number of columns
    scaled = singular * np.float32(np.sqrt(singular.size / d)) if sample.to_scale else singular

    def framed(rng: np.random.Generator) -> np.ndarray:
        drawn = rng.standard_normal((n, singular.size), dtype=np.float32)
        return np.linalg.qr(drawn - drawn.mean(axis=0))[0] * scaled

    return framed


ENTRY = Null(
    name="spectrum",
    label="Gaussian points with the same spectrum",
    help="Gaussian points with exactly the singular values of the tokens: what their covariance alone gives.",
    order=30,
    prepare=prepare,
)
