"""The loops behind delta, as machine code: max-min products of quantised Gromov products, refined in float64.

All work with twice the Gromov product, P_ij = d(b,i) + d(b,j) - d(i,j), so that an excess max_k min(P_ik, P_kj) - P_ij is twice a
delta. Because min and max only compare, they commute with any rounding downwards: with P >= low and Q = floor((P - low) / step) in
uint8 or uint16 the maximum M of the quantised min lies within [low + step Q, low + step (Q + 1)], and integers are compared sixty-four
at a time. A pair whose upper end cannot beat the best so far is done; the others are computed again in float64.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from hypviz.compiled import compiled

BLOCK = 16  # rows that a thread works on at once, four at a time
ANY_ORDER = {"nnan", "nsz"}  # there is no NaN in a checked matrix; lets a maximum be taken in any order


@compiled(parallel=True, fastmath=ANY_ORDER)
def quantise(
    D: np.ndarray, rows: np.ndarray, base: int, low: float, per_step: float, top: float, out: np.ndarray, start: int, stop: int
) -> None:
    """out[i, j] = floor((P - low) * per_step), at most `top`, over the points `rows` (m,), diagonal included, for start <= i < stop."""
    m = rows.size
    for i in prange(start, stop):
        a = rows[i]
        first = D[base, a] - low
        for j in range(m):
            b = rows[j]
            level = (first + D[base, b] - D[a, b]) * per_step
            out[i, j] = np.int32(min(max(level, 0.0), top))


@compiled(parallel=True, fastmath=ANY_ORDER)
def product_range(D: np.ndarray, rows: np.ndarray, base: int, found: np.ndarray, start: int, stop: int) -> None:
    """found[i] = least and largest P over different points of `rows`, for start <= i < stop."""
    m = rows.size
    for i in prange(start, stop):
        a = rows[i]
        least, most = np.inf, -np.inf
        for part in range(2):  # before and after i, so that the loop has no exception in it
            for j in range(i + 1 if part else 0, m if part else i):
                p = D[base, a] + D[base, rows[j]] - D[a, rows[j]]
                most = p if p > most else most
                least = p if p < least else least
        found[i, 0], found[i, 1] = least, most


@compiled(fastmath=ANY_ORDER)
def refined(D: np.ndarray, rows: np.ndarray, base: int, i: int, j: int) -> tuple[float, int]:
    """(max over k of min(P_ik, P_kj), a k that attains it) in float64, k not i or j."""
    a, b = rows[i], rows[j]
    best, at = -np.inf, -1
    for k in range(rows.size):
        if k != i and k != j:
            c = rows[k]
            with_a = D[base, a] - D[a, c]
            with_b = D[base, b] - D[b, c]
            p = (with_a if with_a < with_b else with_b) + D[base, c]
            if p > best:
                best, at = p, k
    return best, at


@compiled()
def four_max_min(q0: np.ndarray, q1: np.ndarray, q2: np.ndarray, q3: np.ndarray, other: np.ndarray, found: np.ndarray) -> None:
    """found[r] = max over k of min(q_r[k], other[k]): four rows at once, so that `other` is read once."""
    found[0] = 0
    m0 = m1 = m2 = m3 = found[0]  # a zero of this integer type, so that nothing is widened
    for k in range(other.size):
        y = other[k]
        x = q0[k]
        z = x if x < y else y
        m0 = z if z > m0 else m0
        x = q1[k]
        z = x if x < y else y
        m1 = z if z > m1 else m1
        x = q2[k]
        z = x if x < y else y
        m2 = z if z > m2 else m2
        x = q3[k]
        z = x if x < y else y
        m3 = z if z > m3 else m3
    found[0], found[1], found[2], found[3] = m0, m1, m2, m3


@compiled()
def max_min(one: np.ndarray, other: np.ndarray) -> float:
    """max over k of min(one[k], other[k])."""
    most = one[0] if one[0] < other[0] else other[0]
    for k in range(one.size):
        x = one[k]
        y = other[k]
        z = x if x < y else y
        most = z if z > most else most
    return most


@compiled()
def looked_up(
    D: np.ndarray,
    rows: np.ndarray,
    base: int,
    i: int,
    j: int,
    p: float,
    mine: float,
    Q32: np.ndarray,
    low: float,
    step32: float,
    slack: float,
    tied: np.ndarray,
) -> tuple[float, int]:
    """(the excess of the pair i, j in float64, a k that attains it), p its own P; (mine, -1) where fine levels Q32 exclude it.

    One that they cannot tell from `mine` is left too, and noted in tied[i]; where Q32 is empty nothing is excluded.
    """
    if Q32.shape[0] > 0:
        upper = low + step32 * (np.float64(max_min(Q32[i], Q32[j])) + 1.0) + slack - p
        if upper <= mine + 3.0 * step32 + 2.0 * slack:
            if upper > mine and upper > tied[i]:
                tied[i] = upper
            return mine, -1
    exact, k = refined(D, rows, base, i, j)
    return exact - p, k


@compiled(parallel=True)
def max_min_excess(D, rows, base, todo, reach, Q, step, Q32, step32, low, slack, start, best, where, tied):
    """Exact largest excess of the rows of blocks `todo` over later ones, at least `start`: best[i], where[i] = (j, k), -1 if none.

    Block t is `BLOCK` rows from BLOCK t, which stay in the cache while the others pass; long and short blocks should alternate,
    because threads get equal parts. Q and Q32 as made by `quantise` at their steps; `slack` covers its rounding. reach[i] is the
    largest P of row i, which no max-min exceeds. A pair that Q cannot exclude is looked up in Q32, unless that is empty; one that
    Q32 cannot tell from the best so far is not refined: tied[i] is the largest upper end among those. Returns how many pairs Q did
    not exclude.
    """
    m, unsure = rows.size, np.zeros(todo.size, np.int64)
    last = m - 1
    for t in prange(todo.size):
        top = BLOCK * todo[t]
        level = np.empty(4, Q.dtype)
        mine = start
        for i in range(top, min(top + BLOCK, m)):
            best[i], tied[i], where[i, 0], where[i, 1] = start, start, -1, -1
        for j in range(top + 1, m):
            for i0 in range(top, min(top + BLOCK, j), 4):
                i1, i2, i3 = min(i0 + 1, last), min(i0 + 2, last), min(i0 + 3, last)
                end, room = min(i3 + 1, j), -np.inf
                for i in range(i0, end):
                    p = D[base, rows[i]] + D[base, rows[j]] - D[rows[i], rows[j]]
                    less = (reach[i] if reach[i] < reach[j] else reach[j]) - p
                    if less > room:
                        room = less
                if room + slack <= mine:
                    continue
                four_max_min(Q[i0], Q[i1], Q[i2], Q[i3], Q[j], level)
                for i in range(i0, end):
                    a = rows[i]
                    p = D[base, a] + D[base, rows[j]] - D[a, rows[j]]
                    if low + step * (np.float64(level[i - i0]) + 1.0) + slack - p <= mine:
                        continue
                    unsure[t] += 1
                    excess, k = looked_up(D, rows, base, i, j, p, mine, Q32, low, step32, slack, tied)
                    if excess > mine:
                        mine = excess
                        best[i], where[i, 0], where[i, 1] = mine, j, k
    return unsure.sum()


@compiled(parallel=True)
def add_excess_bounds(D, base, todo, reach, enough, Q, low, step, slack, total, largest):
    """Add to total[i, j] (i < j) an upper bound of the excess of every pair of all points at `base`, with the largest per row.

    largest[i] = (bound, j) of a row, 0 to begin with. `todo` are the blocks of `BLOCK` rows and `reach` the largest P of a row, as in
    `max_min_excess`. Where min(reach) - P is at most `enough` it is the bound, and no maximum is looked for.
    """
    n = D.shape[0]
    last = n - 1
    for t in prange(todo.size):
        top = BLOCK * todo[t]
        level = np.empty(4, Q.dtype)
        for j in range(top + 1, n):
            for i0 in range(top, min(top + BLOCK, j), 4):
                i1, i2, i3 = min(i0 + 1, last), min(i0 + 2, last), min(i0 + 3, last)
                end, room = min(i3 + 1, j), -np.inf
                for i in range(i0, end):
                    less = (reach[i] if reach[i] < reach[j] else reach[j]) - (D[base, i] + D[base, j] - D[i, j])
                    if less > room:
                        room = less
                if room > enough:
                    four_max_min(Q[i0], Q[i1], Q[i2], Q[i3], Q[j], level)
                for i in range(i0, end):
                    p = D[base, i] + D[base, j] - D[i, j]
                    over = max((reach[i] if reach[i] < reach[j] else reach[j]) - p, 0.0) + slack
                    if room > enough:
                        over = min(over, low + step * (np.float64(level[i - i0]) + 1.0) + slack - p)
                    total[i, j] += np.float32(over + 1e-6 * abs(over))
                    if over > largest[i, 0]:
                        largest[i, 0], largest[i, 1] = over, j
