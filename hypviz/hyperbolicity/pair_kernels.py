"""The loops of the four-point search that start from pairs of points: bounds of pairs, and quadruples of two pairs, in float64."""

from __future__ import annotations

import numpy as np
from numba import prange

from hypviz.compiled import compiled
from hypviz.hyperbolicity.kernels import ANY_ORDER


@compiled(parallel=True, fastmath=ANY_ORDER)
def best_with_pair(D, a, b, todo):
    """Over c < d other than a, b: twice the four-point delta with d(a,b) + d(c,d) as the largest sum, per row c with its d, (n, 2)."""
    n = D.shape[0]
    found = np.empty((n, 2))
    for t in prange(n):
        c = todo[t]
        most, at = -np.inf, -1
        if c != a and c != b:
            ac, bc = D[a, c], D[b, c]
            for d in range(c + 1, n):
                one, other = ac + D[b, d], bc + D[a, d]
                value = D[c, d] - (one if one > other else other)
                if value > most and d != a and d != b:
                    most, at = value, d
        found[c, 0], found[c, 1] = most + D[a, b], at
    return found


@compiled(parallel=True)
def enumerate_pairs(D, first, second, bound, x_from, x_to, start):
    """Largest 2 delta over quadruples of listed pairs x < y with x in [x_from, x_to) and bound[x] + bound[y] > the best so far.

    `bound` is sorted downwards. Returns (value, x, y) per x; -1 where none beats `start`.
    """
    m = x_to - x_from
    found = np.empty((m, 2))
    for t in prange(m):
        x = x_from + t
        a, b = first[x], second[x]
        ab, mine, at = D[a, b], start, -1
        for y in range(x + 1, bound.size):
            if bound[x] + bound[y] <= mine:
                break
            c, d = first[y], second[y]
            one, other = D[a, c] + D[b, d], D[a, d] + D[b, c]
            value = ab + D[c, d] - (one if one > other else other)
            if value > mine and a != c and a != d and b != c and b != d:
                mine, at = value, y
        found[t, 0], found[t, 1] = mine, at
    return found


@compiled(fastmath=ANY_ORDER)
def _leaves(near_a, near_b, room_a, room_b, left):
    """The points c with near_a[c] < room_a and near_b[c] < room_b into `left`, a block at a time; returns how many."""
    n, kept = near_a.size, 0
    for start in range(0, n, 64):
        end = min(start + 64, n)
        most = np.float32(-np.inf)
        for c in range(start, end):
            x = room_a - near_a[c]
            y = room_b - near_b[c]
            z = x if x < y else y
            most = z if z > most else most
        if most > np.float32(0.0):
            for c in range(start, end):
                if near_a[c] < room_a and near_b[c] < room_b:
                    left[kept] = c
                    kept += 1
    return kept


@compiled(parallel=True)
def scan_pairs(D, near, first, second, x_from, x_to, lowest, start, sizes):
    """Largest 2 delta over quadruples with a listed pair (a, b), the other two points from those that row extremes leave.

    d(c,d) - d(b,d) is at most max_d (d(c,d) - g_d) less lowest[b] = min_d (d(b,d) - g_d), for any g. `near` (n, n) float32 is d(x,c)
    less that maximum of c, less what rounding needs. Returns (value, c, d) per listed pair, c = -1 where none beats `start`;
    sizes[t] is the number of points left.
    """
    n, m = D.shape[0], x_to - x_from
    found = np.empty((m, 3))
    for t in prange(m):
        a, b = first[x_from + t], second[x_from + t]
        ab, mine, at, other = D[a, b], start, -1, -1
        left = np.empty(n, np.int32)
        kept = _leaves(near[a], near[b], np.float32(ab - lowest[b] - start), np.float32(ab - lowest[a] - start), left)
        for i in range(kept):
            c = left[i]
            if c != a and c != b:
                for j in range(i + 1, kept):
                    d = left[j]
                    one, two = D[a, c] + D[b, d], D[a, d] + D[b, c]
                    value = ab + D[c, d] - (one if one > two else two)
                    if value > mine and d != a and d != b:
                        mine, at, other = value, c, d
        found[t, 0], found[t, 1], found[t, 2] = mine, at, other
        sizes[t] = kept
    return found


@compiled(parallel=True, fastmath=ANY_ORDER)
def row_extremes(D, g):
    """Least and largest d(x,y) - g[y] over y != x, (n, 2)."""
    n = D.shape[0]
    found = np.empty((n, 2))
    for x in prange(n):
        least, most = np.inf, -np.inf
        for y in range(n):
            if y != x:
                v = D[x, y] - g[y]
                if v < least:
                    least = v
                if v > most:
                    most = v
        found[x, 0], found[x, 1] = least, most
    return found


@compiled(parallel=True, fastmath=ANY_ORDER)
def raise_potentials(D, h, out):
    """out[x] = (h[x] + min over y of (d(x,y) - h[y])) / 2: keeps h[x] + h[y] <= d(x,y) for every pair."""
    n = D.shape[0]
    for x in prange(n):
        least = np.inf
        for y in range(n):
            if y != x:
                v = D[x, y] - h[y]
                if v < least:
                    least = v
        out[x] = (h[x] + least) / 2.0
