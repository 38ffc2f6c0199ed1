"""How many dimensions points have: near a point, and in all.

In: distances (n, n), or points (n, d). Out: a number of dimensions, None where the points do not tell.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

FEWEST_NEAR = 10  # points with two neighbours at different distances, below which nothing is said


def two_nn_dimension(D: Float[np.ndarray, "n n"]) -> float | None:
    """The dimension near a point, from how much farther the second neighbour is than the first (Facco et al., Sci. Rep. 7:12140, 2017).

    With mu the ratio of the two distances, (m - 1) / sum log mu over the m points whose nearest lies apart, which is unbiased where the
    density is even over the two neighbours. It is too small for few points in many dimensions: only sets of the same size compare.
    None below `FEWEST_NEAR` such points, and where all neighbours are equally far.
    """
    n = len(D)
    if n < FEWEST_NEAR:
        return None
    others = np.where(np.eye(n, dtype=bool), np.inf, D)
    first, second = np.partition(others, 1, axis=1)[:, :2].T
    apart = first > 0.0
    total = float(np.log(second[apart] / first[apart]).sum())
    m = int(apart.sum())
    return (m - 1) / total if m >= FEWEST_NEAR and total > 0.0 else None


def effective_dimension(points: Float[np.ndarray, "n d"]) -> float | None:
    """Over how many directions the points spread: (sum of variances)^2 / sum of their squares, along principal axes.

    1 on a line, at most min(n - 1, d); None where all points are one. The variances' sum of squares is that of the Gram matrix, or of the
    covariance, whichever is smaller.
    """
    x = np.asarray(points, dtype=np.float64)
    x = x - x.mean(axis=0)
    largest = float(np.abs(x).max(initial=0.0))
    if largest == 0.0:
        return None
    x = x / largest
    products = x @ x.T if len(x) <= x.shape[1] else x.T @ x
    return float(np.trace(products)) ** 2 / float(np.square(products).sum())
