"""The loops for metrics of a few dozen points, where row maxima bound every pair and quantising would not pay; all float64."""

from __future__ import annotations

import numpy as np
from numba import prange

from hypviz.compiled import compiled
from hypviz.hyperbolicity.four_point.loops.products import ANY_ORDER


@compiled(fastmath=ANY_ORDER)
def _small(D: np.ndarray) -> float:
    """Twice delta at point 0 of a small metric, by row maxima that bound every pair, in float64."""
    n = D.shape[0]
    P = np.empty((n, n))
    reach = np.empty(n)
    for i in range(n):
        for j in range(n):
            P[i, j] = D[0, i] + D[0, j] - D[i, j]
        P[i, i] = -np.inf
        most = -np.inf
        for j in range(n):
            if P[i, j] > most:
                most = P[i, j]
        reach[i] = most
    best = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            room = reach[i] if reach[i] < reach[j] else reach[j]
            if room - P[i, j] <= best:
                continue
            most = -np.inf
            for k in range(n):
                x = P[i, k]
                y = P[j, k]
                z = x if x < y else y
                if z > most:
                    most = z
            if most - P[i, j] > best:
                best = most - P[i, j]
    return best


@compiled()
def stacked(D: np.ndarray, found: np.ndarray) -> None:
    """found[l] = (2 delta at point 0, diameter) of every metric of a stack (m, n, n); too little work for two threads."""
    for layer in range(D.shape[0]):
        found[layer, 0] = _small(D[layer])
        found[layer, 1] = D[layer].max()


@compiled(fastmath=ANY_ORDER)
def _everywhere(D: np.ndarray, P: np.ndarray) -> float:
    """Twice the four-point delta of a small metric: every point is the base once, over the points after it; P is room (n, n)."""
    n = D.shape[0]
    best = 0.0
    reach = np.empty(n)
    for b in range(n - 3):
        for i in range(b + 1, n):
            most = -np.inf
            for j in range(b + 1, n):
                p = D[b, i] + D[b, j] - D[i, j]
                P[i, j] = p
                if j != i and p > most:
                    most = p
            P[i, i] = -np.inf
            reach[i] = most
        for i in range(b + 1, n):
            for j in range(i + 1, n):
                room = reach[i] if reach[i] < reach[j] else reach[j]
                if room - P[i, j] <= best:
                    continue
                most = -np.inf
                for k in range(b + 1, n):
                    x = P[i, k]
                    y = P[j, k]
                    z = x if x < y else y
                    if z > most:
                        most = z
                if most - P[i, j] > best:
                    best = most - P[i, j]
    return best


@compiled(parallel=True)
def stacked_everywhere(D: np.ndarray, found: np.ndarray) -> None:
    """found[l] = (2 delta over all base points, diameter) of every metric of a stack (m, n, n)."""
    for layer in prange(D.shape[0]):
        found[layer, 0] = _everywhere(D[layer], np.empty((D.shape[1], D.shape[1])))
        found[layer, 1] = D[layer].max()


@compiled(parallel=True)
def per_base(D: np.ndarray, found: np.ndarray) -> None:
    """found[b] = 2 delta with point b as the base, for every point of a small metric (n, n)."""
    n = D.shape[0]
    for b in prange(n):
        order = np.arange(n)
        order[0], order[b] = b, 0
        own = np.empty((n, n))
        for i in range(n):
            for j in range(n):
                own[i, j] = D[order[i], order[j]]
        found[b] = _small(own)


@compiled(parallel=True)
def sampled_quadruples(D: np.ndarray, picks: np.ndarray, found: np.ndarray) -> None:
    """found[t] = delta of the quadruple picks[t] (m, 4)."""
    for t in prange(picks.shape[0]):
        a, b, c, d = picks[t, 0], picks[t, 1], picks[t, 2], picks[t, 3]
        one, two, three = D[a, b] + D[c, d], D[a, c] + D[b, d], D[a, d] + D[b, c]
        most = max(one, max(two, three))
        least = min(one, min(two, three))
        middle = one + two + three - most - least
        found[t] = (most - middle) / 2.0
