"""What an entry of the registry of nulls holds: how its vectors are drawn, what it needs, and which studies may use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from hypviz.registry import Entry

OF_PROMPTS, OF_VOCABULARY, OF_LAYERS = "prompts", "vocabulary", "layers"
EVERYWHERE = (OF_PROMPTS, OF_VOCABULARY, OF_LAYERS)

Points = Integer[np.ndarray, " n_points"]
Draw = Callable[[np.random.Generator], Float[np.ndarray, "n columns"]]
Redraw = Callable[[Sequence[Points], Integer[np.ndarray, " n"], np.random.Generator], list[Points]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a null may know: the vectors `table` (n, d) of the distinct points, and whether the metric changes under scaling."""

    table: Float[np.ndarray, "n d"]
    to_scale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Null(Entry):
    """One null; its `label` goes into sentences such as "lower than shuffled coordinates", its `help` says what it keeps.

    `prepare(sample)` gives the function that draws the vectors of one repeat from random numbers. `redraw(sets, occurrences, rng)`, where
    there is one, gives every set other points afterwards. `studies` may use it. A null that `needs_values` has to be drawn for every
    layer; one that does not depends on the shape of the sets alone.
    """

    prepare: Callable[[Sample], Draw]
    redraw: Redraw | None = None
    studies: tuple[str, ...] = EVERYWHERE
    needs_values: bool = True
