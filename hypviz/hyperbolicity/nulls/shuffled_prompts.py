"""The null of shuffled prompts: the same vectors, but every prompt draws its tokens from all prompts by how often they occur."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Integer

from hypviz.hyperbolicity.nulls.entry import OF_PROMPTS, Draw, Null, Points, Sample


def prepare(sample: Sample) -> Draw:
    """The vectors as they are."""
    return lambda rng: sample.table


def redraw(sets: Sequence[Points], occurrences: Integer[np.ndarray, " n"], rng: np.random.Generator) -> list[Points]:
    """Every set with its own first point and as many others, distinct, drawn by how often they occur (Efraimidis and Spirakis, 2006)."""
    drawn: list[np.ndarray] = []
    for points in sets:
        key = rng.exponential(size=occurrences.size) / occurrences
        key[points[0]] = np.inf
        others = np.argpartition(key, points.size - 2)[: points.size - 1]
        drawn.append(np.concatenate([points[:1], others]))
    return drawn


ENTRY = Null(
    name="prompts",
    label="shuffled prompts",
    help="The same vectors, but every prompt draws its tokens from all prompts: what their company adds.",
    order=50,
    prepare=prepare,
    redraw=redraw,
    studies=(OF_PROMPTS,),
)
