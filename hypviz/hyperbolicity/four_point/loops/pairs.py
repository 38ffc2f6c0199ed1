"""The loops of the four-point search that start from pairs of points: bounds of pairs, and quadruples of two pairs, in float64."""

from __future__ import annotations

import numpy as np
from numba import prange

from hypviz.compiled import compiled
from hypviz.hyperbolicity.four_point.loops.products import ANY_ORDER


@compiled(parallel=True, fastmath=ANY_ORDER)
def best_with_pair(D: np.ndarray, a: int, b: int, todo: np.ndarray, found: np.ndarray) -> None:
    """Over d > c other than a, b: twice the four-point delta with d(a,b) + d(c,d) as the largest sum.

    found[c] = (value, d) for every c of `todo`; found is (n, 2).
    """
    n = D.shape[0]
    for t in prange(todo.size):
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


@compiled(parallel=True)
def compare_pairs(
    D: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    bound: np.ndarray,
    x_from: int,
    x_to: int,
    start: np.ndarray,
    end: np.ndarray,
    least: float,
) -> np.ndarray:
    """Largest 2 delta beyond `least` over quadruples of listed pairs x and y with x in [x_from, x_to) and y in [start[x], end[x]).

    `bound` is sorted downwards, and a sum of two that is no more than the best so far ends a row. Returns (value, y) per x; -1 for none.
    """
    m = x_to - x_from
    found = np.empty((m, 2))
    for t in prange(m):
        x = x_from + t
        a, b = first[x], second[x]
        ab, mine, at = D[a, b], least, -1
        for y in range(start[x], end[x]):
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
def _leaves(near_a: np.ndarray, near_b: np.ndarray, room_a: float, room_b: float, left: np.ndarray) -> int:
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


@compiled()
def _best_of(
    D: np.ndarray, a: int, b: int, near: np.ndarray, g: np.ndarray, least: float, left: np.ndarray, kept: int
) -> tuple[float, int, int]:
    """(value, c, d) of the best quadruple beyond `least` with a, b and two of the points left[:kept], c = -1 for none.

    d(c,d) <= (the maximum of c) + g_d bounds a quadruple by d(a,b) - S_c - T_d with S_c the mean of near_a[c] and near_b[c] and
    T_d that of d(a,d) and d(b,d) less g_d; with the points in the order of T, every c has a last d.
    """
    to_a, to_b, of = np.empty(kept), np.empty(kept), np.empty(kept)
    for i in range(kept):
        of[i] = (D[a, left[i]] + D[b, left[i]]) / 2.0 - g[left[i]]
    order = np.argsort(of)
    for i in range(kept):
        to_a[i], to_b[i] = D[a, left[order[i]]], D[b, left[order[i]]]
    ab, mine, at, other = D[a, b], least, -1, -1
    for i in range(kept):
        c = left[order[i]]
        if c in (a, b):
            continue
        room = ab - (np.float64(near[a, c]) + np.float64(near[b, c])) / 2.0
        for j in range(i + 1, kept):
            if of[order[j]] >= room - mine:
                break
            d = left[order[j]]
            one, two = to_a[i] + to_b[j], to_a[j] + to_b[i]
            value = ab + D[c, d] - (one if one > two else two)
            if value > mine and d != a and d != b:
                mine, at, other = value, c, d
    return mine, at, other


@compiled(parallel=True)
def scan_pairs(
    D: np.ndarray,
    near: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    lowest: np.ndarray,
    g: np.ndarray,
    least: float,
    found: np.ndarray,
    sizes: np.ndarray,
) -> None:
    """Largest 2 delta beyond `least` over quadruples with a pair (a, b), the other two from the points that row extremes leave.

    `near`, `lowest` and `g` as in `scanner.Scanner`. found (m, 3) is (value, c, d) per pair, c = -1 where none beats `least`, and
    sizes (m,) the number of points left.
    """
    n = D.shape[0]
    for t in prange(first.size):
        a, b = first[t], second[t]
        room_a, room_b = np.float32(D[a, b] - lowest[b] - least), np.float32(D[a, b] - lowest[a] - least)
        left = np.empty(n, np.int32)
        kept = _leaves(near[a], near[b], room_a, room_b, left)
        found[t, 0], found[t, 1], found[t, 2] = _best_of(D, a, b, near, g, least, left, kept)
        sizes[t] = kept


@compiled(parallel=True, fastmath=ANY_ORDER)
def subtract(D: np.ndarray, of_row: np.ndarray, of_column: np.ndarray, out: np.ndarray, start: int, stop: int) -> None:
    """out[x, y] = d(x,y) - of_row[x] - of_column[y] for start <= x < stop, in the type of `out`."""
    for x in prange(start, stop):
        for y in range(D.shape[0]):
            out[x, y] = D[x, y] - of_row[x] - of_column[y]


@compiled(parallel=True, fastmath=ANY_ORDER)
def row_extremes(D: np.ndarray, g: np.ndarray, found: np.ndarray, start: int, stop: int) -> None:
    """found[x] = least and largest d(x,y) - g[y] over y != x, for start <= x < stop."""
    n = D.shape[0]
    for x in prange(start, stop):
        least, most = np.inf, -np.inf
        for y in range(n):
            if y != x:
                v = D[x, y] - g[y]
                if v < least:
                    least = v
                if v > most:
                    most = v
        found[x, 0], found[x, 1] = least, most


@compiled(parallel=True, fastmath=ANY_ORDER)
def raise_potentials(D: np.ndarray, h: np.ndarray, out: np.ndarray, start: int, stop: int) -> None:
    """out[x] = (h[x] + min over y of (d(x,y) - h[y])) / 2 for start <= x < stop: keeps h[x] + h[y] <= d(x,y) for every pair."""
    n = D.shape[0]
    for x in prange(start, stop):
        least = np.inf
        for y in range(n):
            if y != x:
                v = D[x, y] - h[y]
                if v < least:
                    least = v
        out[x] = (h[x] + least) / 2.0
