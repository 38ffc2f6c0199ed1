"""What an entry of the registry of controls holds: a space of known shape and how points of it are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from hypviz.registry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Control(Entry):
    """One space of known shape; its `name` stands beside its value in figures and tables.

    `distances(n, rng)` are those between n points drawn from it. `stream` keeps its random numbers apart from the other controls'.
    """

    distances: Callable[[int, np.random.Generator], Float64[np.ndarray, "n n"]]
    stream: int
