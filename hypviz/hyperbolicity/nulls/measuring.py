"""delta_rel of prompts under a null, repeat by repeat.

Random numbers come from (seed, repeat). Euclidean delta_rel does not change under shifts and scaling, so that the mean of the embeddings
plays a part in ``directions`` only; under angles and the hyperbolic metric it plays a part in all but ``coordinates`` and ``prompts``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float64, Integer

from hypviz.hyperbolicity.base import ONE_BASE, relative_deltas
from hypviz.hyperbolicity.distances import stacked_distances
from hypviz.hyperbolicity.nulls import GAUSSIAN, NULLS, Sample
from hypviz.hyperbolicity.prompts import PromptPoints, same_size_batches
from hypviz.work import NOBODY, Work

N_REPEATS = 39  # the fewest that allow an exact two-sided 95 % comparison
N_PROMPTS = 500  # prompts compared with chance; what they share limits the comparison, so more would cost time and tell little
Repeats = Float64[np.ndarray, "n_repeats n_rows"]


def null_deltas(
    prompts: PromptPoints,
    name: str = GAUSSIAN,
    *,
    seed: int,
    rows: Integer[np.ndarray, " n_rows"] | None = None,
    n_repeats: int = N_REPEATS,
    definition: str = ONE_BASE,
    metric: str = "euclidean",
    known: Repeats | None = None,
    on_repeat: Callable[[Repeats], None] | None = None,
    work: Work = NOBODY,
) -> Repeats:
    """delta_rel of the prompts in `rows` (all where None) under one of `NULLS`; raises `Stopped`.

    `known` are the first repeats, measured before; `on_repeat` is told of all repeats so far after each. One table of float32 is in
    memory at a time, with a row for every distinct token of these prompts.
    """
    null = NULLS.require(name)
    chosen: list[np.ndarray] = list(prompts.points) if rows is None else [prompts.points[i] for i in rows]
    used, occurrences = np.unique(np.concatenate(chosen), return_counts=True)
    local: list[np.ndarray] = [np.searchsorted(used, points) for points in chosen]
    draw = null.prepare(Sample(table=prompts.table[used], to_scale=metric == "hyperbolic"))
    found, start = np.empty((n_repeats, len(chosen))), 0 if known is None else len(known)
    if known is not None:
        found[:start] = known
    for repeat in range(start, n_repeats):
        rng = np.random.default_rng([seed, repeat])
        table = draw(rng)
        sets: Sequence[np.ndarray] = null.redraw(local, occurrences, rng) if null.redraw is not None else local
        done = repeat * len(chosen)
        for batch in same_size_batches(sets, prompts.table.shape[1]):
            work.check()
            D = stacked_distances(table[np.stack([sets[i] for i in batch])], metric)
            found[repeat, batch] = relative_deltas(D, definition, work=work).delta_rel
            done += batch.size
            work.report(done, found.size)
        if on_repeat is not None:
            on_repeat(found[: repeat + 1].copy())
    return found
