"""Trustworthiness and continuity: how far down the other space's list the neighbours of one space stand.

In: functions that give the keys of some rows to all rows (smaller is nearer), and neighbours. Out: a number each, 1 where all
neighbours agree. Venna and Kaski, Neighborhood preservation in nonlinear projection methods, ICANN 2001.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from hypviz.layout.parts.neighbours import BLOCK, Keys
from hypviz.work import NOBODY, Work


def agreement(keys: Keys, query: Int[np.ndarray, " m"], neighbours: Int[np.ndarray, "m k"], n: int, *, work: Work = NOBODY) -> float:
    """1 - 2/(m k (2n - 3k - 1)) * sum of (rank - k) over the `neighbours` (m, k) of `query` (m,) whose rank by `keys` exceeds k.

    Trustworthiness for neighbours in the picture and keys of the original space; continuity the other way round. Needs 3k + 1 < 2n.
    Raises `Stopped`.
    """
    k = neighbours.shape[1]
    excess, step = 0.0, max(1, BLOCK // n)
    for start in range(0, len(query), step):
        work.check()
        rows = query[start : start + step]
        every, index = keys(rows), np.arange(len(rows))
        every[index, rows] = np.inf
        for column in neighbours[start : start + step].T:
            rank = 1 + (every < every[index, column][:, None]).sum(axis=1)
            excess += float(np.maximum(rank - k, 0).sum())
        work.report(min(start + step, len(query)), len(query))
    return 1.0 - 2.0 * excess / (len(query) * k * (2 * n - 3 * k - 1))
