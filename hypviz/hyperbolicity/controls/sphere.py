"""A control: points uniform on a sphere, with the angle as distance."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.hyperbolicity.controls.entry import Control
from hypviz.hyperbolicity.distances import angles


def on_sphere(n: int, rng: np.random.Generator) -> Float64[np.ndarray, "n n"]:
    """Angles between n points of S^2, in radians."""
    return angles(rng.normal(size=(n, 3)))


ENTRY = Control(
    name="sphere",
    label="sphere",
    help="Points uniform on the sphere S², the angle as distance.",
    order=40,
    distances=on_sphere,
    stream=3,
)
