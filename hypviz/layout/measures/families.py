"""Whether known families stay together: the share of a token's nearest that are of its own family, beside chance.

In: distances among the tokens of families, each with its family and its word. Out: `Together`. Tokens of the same word count for nothing:
that dog lies beside dogs says little about animals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

K = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """The mean `share` of the `k` nearest that are of the own family, and what k others `by_chance` would give."""

    share: float
    by_chance: float
    k: int


def together(keys: Float64[np.ndarray, "m m"], family: Int64[np.ndarray, " m"], word: Int64[np.ndarray, " m"]) -> Together | None:
    """Of `keys` (m, m) that grow with the distance between tokens of `family` (m,) and `word` (m,).

    None where no token has one of another word beside it, or all are of one family. Of equal keys the first rows are taken.
    """
    other = word[:, None] != word[None, :]
    own = (family[:, None] == family[None, :]) & other
    n_other = other.sum(axis=1)
    if not n_other.size or not n_other.min() or (family == family[0]).all():
        return None
    k = min(K, int(n_other.min()))
    nearest = np.argsort(np.where(other, keys, np.inf), axis=1, kind="stable")[:, :k]
    return Together(share=_mean(own, nearest), by_chance=float((own.sum(axis=1) / n_other).mean()), k=k)


def _mean(own: Bool[np.ndarray, "m m"], nearest: Int64[np.ndarray, "m k"]) -> float:
    return float(np.take_along_axis(own, nearest, axis=1).mean())
