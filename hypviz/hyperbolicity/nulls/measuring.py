"""What chance and spaces of known shape give for prompts of the same shape.

Each null replaces something by chance and keeps the rest: the number of distinct points of every prompt, d, the base token, and which
tokens prompts share. Distances of independent points concentrate as d grows, which lowers delta_rel without any hierarchy.

* ``gaussian``: every distinct token gets its own vector of N(0, I_d), to the table's scale where the metric is hyperbolic.
* ``directions``: every distinct token keeps its norm and gets a uniform direction.
* ``spectrum``: what Gaussian vectors look like that have exactly the spectrum of the tokens at hand: the same singular values, in a
  uniformly random frame. (Vectors drawn from the sample covariance would have another spectrum where tokens are few.)
* ``coordinates``: each coordinate is shuffled among the tokens, which keeps its distribution and breaks the others' company.
* ``prompts``: the same vectors, but every prompt draws its tokens from all prompts by how often they occur; the base stays.

Random numbers come from (seed, repeat). Euclidean delta_rel does not change under shifts and scaling, so that the mean of the embeddings
plays a part in ``directions`` only; under angles and the hyperbolic metric it plays a part in all but ``coordinates`` and ``prompts``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity.base import BASE, relative_delta, relative_deltas
from hypviz.hyperbolicity.distances import CONTROLS, control_distances, stacked_distances, tree_distances
from hypviz.hyperbolicity.prompts import STOPPED, PromptPoints, same_size_batches

N_REPEATS = 39  # the fewest that allow an exact two-sided 95 % comparison
N_PROMPTS = 500  # prompts compared with chance; what they share limits the comparison, so more would cost time and tell little
NULLS = {
    "gaussian": "Gaussian points of the same n and d",
    "directions": "random directions with the same norms",
    "spectrum": "Gaussian points with the same spectrum",
    "coordinates": "shuffled coordinates",
    "prompts": "shuffled prompts",
}


def null_deltas(
    prompts: PromptPoints,
    name: str = "gaussian",
    *,
    seed: int,
    rows: np.ndarray | None = None,
    n_repeats: int = N_REPEATS,
    definition: str = BASE,
    metric: str = "euclidean",
    known: np.ndarray | None = None,
    on_repeat: Callable[[np.ndarray], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """delta_rel of the prompts in `rows` (all where None) under one of `NULLS`, (n_repeats, n_rows); raises `Stopped`.

    `known` (k, n_rows) are the first k repeats, measured before; `on_repeat` is told of all repeats so far after each.
    One table of float32 is in memory at a time, with a row for every distinct token of these prompts.
    """
    if name not in NULLS:
        raise HypvizError(f"There is no null {name!r}; choose one of {', '.join(NULLS)}.")
    chosen = list(prompts.points) if rows is None else [prompts.points[i] for i in rows]
    used, occurrences = np.unique(np.concatenate(chosen), return_counts=True)
    local = [np.searchsorted(used, points) for points in chosen]
    batches = list(same_size_batches(local, prompts.table.shape[1]))
    draw = _tables(prompts.table[used], name, to_scale=metric == "hyperbolic")
    found, start = np.empty((n_repeats, len(chosen))), 0
    if known is not None:
        start = len(known)
        found[:start] = known
    done = start * len(chosen)
    for repeat in range(start, n_repeats):
        rng = np.random.default_rng([seed, repeat])
        table = draw(rng)
        sets = _redrawn(local, occurrences, rng) if name == "prompts" else local
        for batch in batches:
            if should_stop is not None and should_stop():
                raise Stopped(STOPPED)
            D = stacked_distances(table[np.stack([sets[i] for i in batch])], metric)
            found[repeat, batch] = relative_deltas(D, definition).delta_rel
            done += batch.size
            if progress is not None:
                progress(done, found.size)
        if on_repeat is not None:
            on_repeat(found[: repeat + 1].copy())
    return found


def gaussian_null(
    prompts: PromptPoints,
    *,
    seed: int,
    rows: np.ndarray | None = None,
    n_repeats: int = N_REPEATS,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """`null_deltas` of the Gaussian null at the first token."""
    return null_deltas(prompts, seed=seed, rows=rows, n_repeats=n_repeats, progress=progress, should_stop=should_stop)


def tree_control(n_points: np.ndarray, *, seed: int) -> np.ndarray:
    """delta_rel of a random weighted tree with as many nodes as each prompt has points; 0 up to rounding."""
    by_n = {int(n): relative_delta(tree_distances(int(n), seed)).delta_rel for n in np.unique(n_points)}
    return np.array([by_n[int(n)] for n in n_points], dtype=np.float64)


def control_deltas(n_points: np.ndarray, name: str, *, seed: int, definition: str = BASE) -> np.ndarray:
    """delta_rel of as many points of a space of known shape, one draw for every number of points."""
    if name not in CONTROLS:
        raise HypvizError(f"There is no control {name!r}; choose one of {', '.join(CONTROLS)}.")
    by_n = {
        int(n): float(relative_deltas(control_distances(name, int(n), seed)[None], definition).delta_rel[0]) for n in np.unique(n_points)
    }
    return np.array([by_n[int(n)] for n in n_points], dtype=np.float64)


def _tables(table: np.ndarray, name: str, *, to_scale: bool = False) -> Callable[[np.random.Generator], np.ndarray]:
    """A function that draws a table (n, d') for one repeat; `to_scale` gives Gaussian vectors the root mean square of the table.

    Only a metric that changes under scaling needs it.
    """
    n, d = table.shape
    size = np.float32(np.sqrt(np.mean(table.astype(np.float64) ** 2))) if to_scale else np.float32(1.0)
    if name == "directions":
        norm = np.linalg.norm(table, axis=1, keepdims=True).astype(np.float32)

        def directions(rng: np.random.Generator) -> np.ndarray:
            drawn = rng.standard_normal((n, d), dtype=np.float32)
            return drawn * (norm / np.linalg.norm(drawn, axis=1, keepdims=True))

        return directions
    if name == "spectrum":
        singular = (spectrum(table) * np.sqrt(max(n - 1, 1))).astype(np.float32)

        def framed(rng: np.random.Generator) -> np.ndarray:
            drawn = rng.standard_normal((n, singular.size), dtype=np.float32)
            return np.linalg.qr(drawn - drawn.mean(axis=0))[0] * singular

        if to_scale:  # the metric divides by the root of the number of columns
            singular = singular * np.float32(np.sqrt(singular.size / d))
        return framed
    if name == "coordinates":
        return lambda rng: rng.permuted(table, axis=0)
    if name == "prompts":
        return lambda rng: table
    return lambda rng: size * rng.standard_normal((n, d), dtype=np.float32)


def spectrum(table: np.ndarray) -> np.ndarray:
    """Standard deviations along the principal axes of rows (n, d), largest first, at most min(n - 1, d) of them."""
    x = np.asarray(table, dtype=np.float64)
    x = x - x.mean(axis=0)
    gram = x @ x.T if len(x) <= x.shape[1] else x.T @ x
    values = np.linalg.eigvalsh(gram)[::-1][: max(1, min(len(x) - 1, x.shape[1]))]
    return np.sqrt(np.maximum(values, 0.0) / max(len(x) - 1, 1))


def _redrawn(sets: list[np.ndarray], occurrences: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Every set with its own first point and as many others, distinct, drawn by how often they occur (Efraimidis and Spirakis, 2006)."""
    drawn = []
    for points in sets:
        key = rng.exponential(size=occurrences.size) / occurrences
        key[points[0]] = np.inf
        others = np.argpartition(key, points.size - 2)[: points.size - 1]
        drawn.append(np.concatenate([points[:1], others]))
    return drawn
