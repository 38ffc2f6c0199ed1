"""What chance and a tree give for prompts of the same shape.

The Gaussian null replaces every distinct token by its own vector of N(0, I_d) and measures the same prompts again: the same
number of distinct points, the same d, the same base token and the same tokens shared between prompts. delta_rel does not
change under shifts and scaling, so the mean and the variance of the embeddings play no part. In i.i.d. Gaussian points
distances concentrate as d grows, which lowers delta_rel without any hierarchy. Random numbers come from (seed, repeat).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import Stopped
from hypviz.hyperbolicity.distances import gram_distances, tree_distances
from hypviz.hyperbolicity.gromov import relative_delta, relative_deltas
from hypviz.hyperbolicity.prompts import STOPPED, PromptPoints, same_size_batches

N_REPEATS = 39  # the fewest that allow an exact two-sided 95 % comparison
N_PROMPTS = 500  # prompts compared with chance; what they share limits the comparison, so more would cost time and tell little


def gaussian_null(
    prompts: PromptPoints,
    *,
    seed: int,
    rows: np.ndarray | None = None,
    n_repeats: int = N_REPEATS,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """delta_rel of the prompts in `rows` (all where None) with Gaussian tokens, (n_repeats, n_rows).

    One table of float32 is in memory at a time, with a row for every distinct token of these prompts.
    """
    chosen = list(prompts.points) if rows is None else [prompts.points[i] for i in rows]
    used = np.unique(np.concatenate(chosen))
    batches = [(b, np.searchsorted(used, np.stack([chosen[i] for i in b]))) for b in same_size_batches(chosen, prompts.table.shape[1])]
    found, done = np.empty((n_repeats, len(chosen))), 0
    for repeat in range(n_repeats):
        shape = (used.size, prompts.table.shape[1])
        table = np.random.default_rng([seed, repeat]).standard_normal(shape, dtype=np.float32)
        for batch, points in batches:
            if should_stop is not None and should_stop():
                raise Stopped(STOPPED)
            found[repeat, batch] = relative_deltas(gram_distances(table[points])).delta_rel
            done += batch.size
            if progress is not None:
                progress(done, found.size)
    return found


def tree_control(n_points: np.ndarray, *, seed: int) -> np.ndarray:
    """delta_rel of a random weighted tree with as many nodes as each prompt has points; 0 up to rounding."""
    by_n = {int(n): relative_delta(tree_distances(int(n), seed)).delta_rel for n in np.unique(n_points)}
    return np.array([by_n[int(n)] for n in n_points], dtype=np.float64)
