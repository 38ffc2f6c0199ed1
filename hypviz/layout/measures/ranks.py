"""Trustworthiness and continuity: how far down the other space's list the neighbours of one space stand.

In: functions that give the keys of some rows to all rows (smaller is nearer), and neighbours. Out: a number each, 1 where all
neighbours agree. Venna and Kaski, Neighborhood preservation in nonlinear projection methods, ICANN 2001.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import Stopped
from hypviz.layout.parts.neighbours import BLOCK

Keys = Callable[[np.ndarray], np.ndarray]


def agreement(
    keys: Keys,
    query: np.ndarray,
    neighbours: np.ndarray,
    n: int,
    *,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> float:
    """1 - 2/(m k (2n - 3k - 1)) * sum of (rank - k) over the `neighbours` (m, k) of `query` (m,) whose rank by `keys` exceeds k.

    Trustworthiness for neighbours in the picture and keys of the original space; continuity the other way round. Needs 3k + 1 < 2n.
    """
    k = neighbours.shape[1]
    excess, step = 0.0, max(1, BLOCK // n)
    for start in range(0, len(query), step):
        if should_stop is not None and should_stop():
            raise Stopped("Measuring the layout was stopped; start it again to see how good it is.")
        rows = query[start : start + step]
        every, index = keys(rows), np.arange(len(rows))
        every[index, rows] = np.inf
        for column in neighbours[start : start + step].T:
            rank = 1 + (every < every[index, column][:, None]).sum(axis=1)
            excess += float(np.maximum(rank - k, 0).sum())
        if progress is not None:
            progress(min(start + step, len(query)), len(query))
    return 1.0 - 2.0 * excess / (len(query) * k * (2 * n - 3 * k - 1))
