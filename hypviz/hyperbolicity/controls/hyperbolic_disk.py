"""Uniform points of a hyperbolic disk of curvature -1, from which the controls of several radii are made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

from hypviz.hyperbolicity.distances import hyperbolic_distances


def uniform_in_disk(radius: float) -> Callable[[int, np.random.Generator], Float64[np.ndarray, "n n"]]:
    """The function that draws n points of a disk of that radius and gives their distances."""

    def sample(n: int, rng: np.random.Generator) -> Float64[np.ndarray, "n n"]:
        rho = np.arccosh(1.0 + rng.uniform(size=n) * (np.cosh(radius) - 1.0))  # area grows with cosh rho - 1
        return hyperbolic_distances(rho, rng.uniform(0.0, 2.0 * np.pi, n))

    return sample
