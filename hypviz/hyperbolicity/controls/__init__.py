"""Spaces of known shape to set beside a measured delta: the registry of controls, one file each; and random trees, whose delta is 0."""

import numpy as np
from jaxtyping import Float64, Integer

from hypviz.hyperbolicity.base import ONE_BASE, relative_delta, relative_deltas
from hypviz.hyperbolicity.controls.entry import Control
from hypviz.hyperbolicity.distances import tree_distances
from hypviz.registry import Registry

CONTROLS: Registry[Control] = Registry("hypviz.hyperbolicity.controls", Control, noun="control")


def control_distances(name: str, n: int, seed: int) -> Float64[np.ndarray, "n n"]:
    """The distances between n points of one of `CONTROLS`."""
    control = CONTROLS.require(name)
    return control.distances(n, np.random.default_rng([seed, n, control.stream]))


def control_deltas(n_points: Integer[np.ndarray, " m"], name: str, *, seed: int, definition: str = ONE_BASE) -> Float64[np.ndarray, " m"]:
    """delta_rel of as many points of a space of known shape, one draw for every number of points."""
    by_n = {
        int(n): float(relative_deltas(control_distances(name, int(n), seed)[None], definition).delta_rel[0]) for n in np.unique(n_points)
    }
    return np.array([by_n[int(n)] for n in n_points], dtype=np.float64)


def tree_control(n_points: Integer[np.ndarray, " m"], *, seed: int) -> Float64[np.ndarray, " m"]:
    """delta_rel of a random weighted tree with as many nodes as each prompt has points; 0 up to rounding."""
    by_n = {int(n): relative_delta(tree_distances(int(n), seed)).delta_rel for n in np.unique(n_points)}
    return np.array([by_n[int(n)] for n in n_points], dtype=np.float64)


__all__ = ["CONTROLS", "Control", "control_deltas", "control_distances", "tree_control"]
