"""From a binary merge tree to an order of its leaves on a circle in which neighbours are alike.

Every merge can be flipped without changing the tree. `flipped_leaves` turns each pair of branches so that the most similar ends
meet (Gruvaeus and Wainer, British Journal of Mathematical and Statistical Psychology 1972); `settle` then lets single leaves move
next to one of their true neighbours where more of the others already are. Does not build the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float32, Float64, Int, Int64

from hypviz.work import NOBODY, Work

ROUNDS = 40
MOVED_SHARE = 0.25  # of the leaves in a round: all at once would move towards places that are moving away
DEGREE = 24
CHUNK = 4096  # leaves moved at once, which bounds the memory
WIDE, NARROW = 20.0, 10.0  # places within which a neighbour counts, in the first and in the second half of the rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`order` (n,) of the leaves after `n_rounds_done` of the `ROUNDS`: fewer where it was asked to stop."""

    order: Int64[np.ndarray, " n"]
    n_rounds_done: int


def flipped_leaves(merges: Float64[np.ndarray, "merges 4"], units: Float32[np.ndarray, "n d"]) -> Int64[np.ndarray, " n"]:
    """Leaf order (n,) of a scipy linkage `merges` (n-1, 4) with the most similar ends of each two branches joined."""
    n = len(units)
    branches: dict[int, list[int]] = {i: [i] for i in range(n)}
    for step, (first, second) in enumerate(merges[:, :2].astype(np.int64).tolist()):
        a, b = branches.pop(first), branches.pop(second)
        ends = units[[a[0], a[-1]]] @ units[[b[0], b[-1]]].T
        end_a, end_b = divmod(int(np.argmax(ends)), 2)
        branches[n + step] = (a if end_a == 1 else a[::-1]) + (b if end_b == 0 else b[::-1])
    return np.array(branches[max(branches)], dtype=np.int64)


def settle(order: Int64[np.ndarray, " n"], nearest: Int[np.ndarray, "n k"], *, seed: int, work: Work = NOBODY) -> Settled:
    """The order after leaves have moved towards their neighbours `nearest` (n, k), or the old one where that keeps more together."""
    n, before, made = len(order), order, 0
    if n <= 2 * NARROW:
        return Settled(order=order, n_rounds_done=ROUNDS)
    rng = np.random.default_rng(seed)
    friends, weight = _mutual(nearest)
    place = np.empty(n)
    place[order] = np.arange(n)
    while made < ROUNDS and not work.is_stopped:
        movers = rng.permutation(n)[: max(1, round(MOVED_SHARE * n))]
        moved, reach = place.copy(), WIDE if made < ROUNDS // 2 else NARROW
        for start in range(0, movers.size, CHUNK):
            some = movers[start : start + CHUNK]
            moved[some] = _better_place(place, some, friends, weight, reach, rng)
        order = np.argsort(moved, kind="stable")
        place[order] = np.arange(n)
        made += 1
        work.report(made, ROUNDS)
    return Settled(order=order if kept_together(order, nearest) > kept_together(before, nearest) else before, n_rounds_done=made)


def kept_together(order: Int64[np.ndarray, " n"], nearest: Int[np.ndarray, "n k"]) -> float:
    """Share of the neighbours `nearest` (n, k) that lie at most k/2 places away on the circle."""
    n, k = nearest.shape
    place = np.empty(n)
    place[order] = np.arange(n)
    gap = np.abs(place[nearest] - place[:, None])
    return float((np.minimum(gap, n - gap) <= k / 2).mean())


def _better_place(
    place: Float64[np.ndarray, " n"],
    movers: Int64[np.ndarray, " m"],
    friends: Int64[np.ndarray, "n degree"],
    weight: Float64[np.ndarray, "n degree"],
    reach: float,
    rng: np.random.Generator,
) -> Float64[np.ndarray, " m"]:
    """Half a place beside the friend with the most other friends within reach, or the old place if that has more."""
    near = np.where(friends[movers] >= 0, place[friends[movers]], np.nan)
    spots = np.concatenate([near, place[movers][:, None]], axis=1)
    gap = np.abs(spots[:, :, None] - near[:, None, :])
    gap = np.minimum(gap, len(place) - gap)
    pull = weight[movers][:, None, :] * np.maximum(0.0, 1.0 - gap / reach)
    score = np.nansum(pull, axis=2)
    score[:, :-1] -= weight[movers]  # a friend does not count as being next to itself
    score[:, :-1][np.isnan(near)] = -np.inf
    best = np.argmax(score[:, :-1], axis=1)
    rows = np.arange(len(movers))
    side = rng.choice((-0.5, 0.5), size=len(movers)) + rng.normal(scale=0.01, size=len(movers))
    better = score[rows, best] > score[:, -1] + 1e-9
    return np.where(better, near[rows, best] + side, place[movers])


def _mutual(nearest: Int[np.ndarray, "n k"]) -> tuple[Int64[np.ndarray, "n degree"], Float64[np.ndarray, "n degree"]]:
    """For each row up to `DEGREE` rows that it is near to or that are near to it (-1 fills up), and weight 2 where both hold."""
    from scipy import sparse

    n, k = len(nearest), int(nearest.shape[1])
    one_way = sparse.csr_matrix((np.ones(n * k), nearest.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    graph = cast("sparse.csr_matrix", (one_way + one_way.T).tocsr())
    edge, near, data = cast("np.ndarray", graph.indptr), cast("np.ndarray", graph.indices), cast("np.ndarray", graph.data)
    friends, weight = np.full((n, DEGREE), -1, dtype=np.int64), np.zeros((n, DEGREE))
    for row in range(n):
        some = slice(int(edge[row]), int(edge[row + 1]))
        first = np.argsort(-data[some], kind="stable")[:DEGREE]
        friends[row, : first.size] = near[some][first]
        weight[row, : first.size] = data[some][first]
    return friends, weight
