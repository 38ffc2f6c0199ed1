"""How far from the centre a token lies: its frequency rank, and the share of the radius that rank gets.

A tree whose branching is even has exponentially many nodes at depth rho, so the token of rank r belongs near 2 ln r
(Papadopoulos and others, Popularity versus similarity in growing networks, Nature 2012). Out comes a share between 0 and 1; the
radius R multiplies it, so another R costs nothing.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int, Int64

MIDDLE = 3000.0  # rank n/3000 ends the middle, where the radius grows with the rank and not yet with its logarithm


def by_frequency(counts: Int[np.ndarray, " n"], *, score: Float64[np.ndarray, " n"] | None = None) -> Int64[np.ndarray, " n"]:
    """Token ids (n,) from the most frequent on, equal counts in token-id order; those of count 0 last, the largest `score` (n,) first."""
    unseen = np.zeros(len(counts)) if score is None else np.where(np.asarray(counts) > 0, 0.0, -score)
    return np.lexsort((unseen, -np.asarray(counts)))


def radius_share(n: int) -> Float64[np.ndarray, " n"]:
    """Share of R for the ranks 0 to n-1: ln(1 + 3000 r/n), divided by its last value; rank 0 is the centre itself.

    Without the 3000/n the ten most frequent tokens would own the inner half of the disk and everything else would be a ring.
    """
    if n == 1:
        return np.zeros(1)
    grown = np.log1p(MIDDLE * np.arange(n) / n)
    return grown / grown[-1]
