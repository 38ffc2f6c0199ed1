"""The average-linkage tree of rows by centred cosine, and the k-means groups that stand in front of it where rows are many.

In: rows (n, d) of unit length (or 0). Out: scipy merges (n-1, 4), or lists of row numbers. One tree costs 8 bytes a pair of rows:
400 MB and some seconds at `EXACT_LIMIT`. Sokal and Michener's average linkage (1958) as scipy computes it; no order of the leaves.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from jaxtyping import Float, Float32, Float64, Integer

from hypviz.work import NOBODY, Work

EXACT_LIMIT = 10_000
GROUP_LIMIT = 3_000
ROWS = 512
EXACT_PAIR, GROUPED_TOKEN, NEIGHBOUR_PAIR = 6e-8, 1.8e-4, 1e-8  # seconds on a small machine


def tree_seconds(n: int) -> float:
    """A first guess at what the tree of n rows, and its settled leaf order with the exact neighbours it rests on, take."""
    return n**2 * EXACT_PAIR if n <= EXACT_LIMIT else n * GROUPED_TOKEN + n**2 * NEIGHBOUR_PAIR


def average_linkage(units: Float32[np.ndarray, "n d"], *, work: Work = NOBODY) -> Float64[np.ndarray, "merges 4"]:
    """Merges (n-1, 4) of at least 2 rows, heights 1 - cosine averaged over the pairs between two branches; raises `Stopped`."""
    from scipy.cluster import hierarchy

    merges = cast("np.ndarray", hierarchy.linkage(_condensed(units, work), method="average"))
    work.check()
    return merges


def kmeans_groups(units: Float32[np.ndarray, "n d"], *, seed: int, work: Work = NOBODY) -> list[Integer[np.ndarray, " rows"]]:
    """Rows in k-means groups, none larger than `GROUP_LIMIT`: a larger one is split again, or cut where its rows are all alike.

    Rows ascend within a group, and groups are sorted by their first row; raises `Stopped`.
    """
    from sklearn.cluster import MiniBatchKMeans

    waiting: list[np.ndarray] = [np.arange(len(units))]
    done: list[np.ndarray] = []
    while waiting:
        work.check()
        rows = waiting.pop()
        if rows.size <= GROUP_LIMIT:
            done.append(rows)
            continue
        k = max(2, round(2.0 * rows.size / GROUP_LIMIT))
        means = MiniBatchKMeans(n_clusters=k, random_state=seed, batch_size=4096, max_iter=20).set_params(n_init=1)
        label = cast("np.ndarray", means.fit_predict(units[rows]))
        parts = [rows[label == i] for i in range(k) if (label == i).any()]
        waiting += parts if len(parts) > 1 else np.array_split(rows, -(-rows.size // GROUP_LIMIT))
    return sorted(done, key=lambda rows: int(rows[0]))


def group_centres(units: Float32[np.ndarray, "n d"], groups: list[Integer[np.ndarray, " rows"]]) -> Float32[np.ndarray, "g d"]:
    """The mean direction (g, d) of each group, of unit length where it has one."""
    centres = np.stack([units[rows].mean(axis=0) for rows in groups])
    return centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)


def _condensed(units: Float[np.ndarray, "n d"], work: Work) -> Float64[np.ndarray, " pairs"]:
    """1 - cosine for every pair i < j in scipy's condensed order, float64."""
    n = len(units)
    apart, filled = np.empty(n * (n - 1) // 2), 0
    for start in range(0, n, ROWS):
        work.check()
        cosine = units[start : start + ROWS] @ units[start:].T
        for i, row in enumerate(cosine):
            some = row[i + 1 :]
            apart[filled : filled + some.size] = some
            filled += some.size
    np.subtract(1.0, apart, out=apart)
    return np.maximum(apart, 0.0, out=apart)  # rounding leaves -1e-7 between equal rows
