"""A control: points uniform in a flat disk."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.hyperbolicity.controls.entry import Control
from hypviz.hyperbolicity.distances import euclidean_distances


def in_flat_disk(n: int, rng: np.random.Generator) -> Float64[np.ndarray, "n n"]:
    """Distances of n points of the disk of radius 1."""
    r, t = np.sqrt(rng.uniform(size=n)), rng.uniform(0.0, 2.0 * np.pi, n)
    return euclidean_distances(np.stack([r * np.cos(t), r * np.sin(t)], axis=1))


ENTRY = Control(
    name="flat disk",
    label="flat disk",
    help="Points uniform in a disk of the Euclidean plane.",
    order=30,
    distances=in_flat_disk,
    stream=2,
)
