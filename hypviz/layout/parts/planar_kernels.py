"""Loops of t-SNE's descent in the plane as machine code: affinities, attraction along edges, and charges to and from a grid.

Points are (n,) float64 coordinates; a grid node (a, b) lies at (a, b) in units of the grid. One thread: the same sums in the same order.
`planar_descent` says what they add up to.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64, Int32, Int64

from hypviz.compiled import compiled

HALVINGS = 64


@compiled()
def affinities(squared: Float64[np.ndarray, "n k"], perplexity: float) -> Float64[np.ndarray, "n k"]:
    """Gaussian affinities (n, k) of each row to its neighbours at squared distances `squared`, summing to 1, of the given perplexity.

    The precision of each row's Gaussian is found by bisection, the nearest neighbour's distance taken off first, which changes nothing.
    """
    n, k = squared.shape
    found = np.empty((n, k))
    target = np.log(perplexity)
    for i in range(n):
        nearest = squared[i].min()
        low, high, beta = 0.0, np.inf, 1.0 / max(squared[i].mean() - nearest, 1e-12)
        for _ in range(HALVINGS):
            total, moment = 0.0, 0.0
            for j in range(k):
                away = squared[i, j] - nearest
                weight = np.exp(-beta * away)
                found[i, j] = weight
                total += weight
                moment += weight * away
            entropy = np.log(total) + beta * moment / total
            if abs(entropy - target) < 1e-7:
                break
            if entropy > target:
                low = beta
                beta = 2.0 * beta if high == np.inf else (low + high) / 2.0
            else:
                high = beta
                beta = (low + high) / 2.0
        found[i] /= found[i].sum()
    return found


@compiled()
def attract(
    x: Float64[np.ndarray, " n"],
    y: Float64[np.ndarray, " n"],
    first: Int64[np.ndarray, " n1"],
    end: Int32[np.ndarray, " m"],
    weight: Float32[np.ndarray, " m"],
    force_x: Float64[np.ndarray, " n"],
    force_y: Float64[np.ndarray, " n"],
) -> None:
    """Sum over the edges i-j of weight (y_j - y_i) / (1 + |y_i - y_j|^2) into the forces; row i's edges are first[i] to first[i + 1]."""
    for i in range(x.size):
        own_x, own_y, sum_x, sum_y = x[i], y[i], 0.0, 0.0
        for e in range(first[i], first[i + 1]):
            dx, dy = x[end[e]] - own_x, y[end[e]] - own_y
            pull = weight[e] / (1.0 + dx * dx + dy * dy)
            sum_x += pull * dx
            sum_y += pull * dy
        force_x[i], force_y[i] = sum_x, sum_y


@compiled()
def repel(
    x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], force_x: Float64[np.ndarray, " n"], force_y: Float64[np.ndarray, " n"]
) -> float:
    """Sum over all j of (y_i - y_j) / (1 + |y_i - y_j|^2)^2 into the forces; gives the sum of 1 / (1 + |y_i - y_j|^2) over all pairs."""
    force_x[:] = 0.0
    force_y[:] = 0.0
    total = 0.0
    for i in range(x.size):
        for j in range(i):
            dx, dy = x[i] - x[j], y[i] - y[j]
            alike = 1.0 / (1.0 + dx * dx + dy * dy)
            total += 2.0 * alike
            push = alike * alike
            force_x[i] += push * dx
            force_y[i] += push * dy
            force_x[j] -= push * dx
            force_y[j] -= push * dy
    return total


@compiled()
def spread(u: Float64[np.ndarray, " n"], v: Float64[np.ndarray, " n"], grid: Float32[np.ndarray, "g h"]) -> None:
    """Add a unit charge at every point to the 16 nodes around it, by the cubic B-spline."""
    along, across = np.empty(4), np.empty(4)
    for i in range(u.size):
        a, b = int(np.floor(u[i])), int(np.floor(v[i]))
        _weights(u[i] - a, along)
        _weights(v[i] - b, across)
        for p in range(4):
            for q in range(4):
                grid[a - 1 + p, b - 1 + q] += along[p] * across[q]


@compiled()
def look_up(
    u: Float64[np.ndarray, " n"],
    v: Float64[np.ndarray, " n"],
    grid: Float32[np.ndarray, "g h"],
    slope_u: Float64[np.ndarray, " n"],
    slope_v: Float64[np.ndarray, " n"],
) -> float:
    """The sum over the points of the spline whose coefficients the grid holds; its slopes at each point are written in place."""
    along, across, rise_u, rise_v = np.empty(4), np.empty(4), np.empty(4), np.empty(4)
    total = 0.0
    for i in range(u.size):
        a, b = int(np.floor(u[i])), int(np.floor(v[i]))
        _weights(u[i] - a, along)
        _weights(v[i] - b, across)
        _slopes(u[i] - a, rise_u)
        _slopes(v[i] - b, rise_v)
        value, du, dv = 0.0, 0.0, 0.0
        for p in range(4):
            here, there = 0.0, 0.0
            for q in range(4):
                coefficient = grid[a - 1 + p, b - 1 + q]
                here += across[q] * coefficient
                there += rise_v[q] * coefficient
            value += along[p] * here
            du += rise_u[p] * here
            dv += along[p] * there
        total += value
        slope_u[i], slope_v[i] = du, dv
    return total


@compiled()
def _weights(t: float, into: Float64[np.ndarray, "4"]) -> None:
    """The uniform cubic B-spline of the four nodes around a point that lies `t` (0 to 1) beyond the second."""
    s = 1.0 - t
    into[0] = s * s * s / 6.0
    into[1] = (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0
    into[2] = (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0
    into[3] = t * t * t / 6.0


@compiled()
def _slopes(t: float, into: Float64[np.ndarray, "4"]) -> None:
    """Its derivative."""
    s = 1.0 - t
    into[0] = -s * s / 2.0
    into[1] = (3.0 * t * t - 4.0 * t) / 2.0
    into[2] = (4.0 * s - 3.0 * s * s) / 2.0
    into[3] = t * t / 2.0


@compiled()
def move(
    x: Float64[np.ndarray, " n"],
    y: Float64[np.ndarray, " n"],
    speed: Float64[np.ndarray, "2 n"],
    gain: Float64[np.ndarray, "2 n"],
    force: Float64[np.ndarray, "2 n"],
    rate: float,
    momentum: float,
    longest: float,
) -> None:
    """One step of descent with momentum, at most `longest` long; a coordinate whose force turns is slowed (Jacobs, 1988)."""
    for i in range(x.size):
        for axis in range(2):
            along = (force[axis, i] > 0.0) == (speed[axis, i] > 0.0)
            gain[axis, i] = gain[axis, i] + 0.2 if along else max(0.8 * gain[axis, i], 0.01)
            speed[axis, i] = momentum * speed[axis, i] + rate * gain[axis, i] * force[axis, i]
        length = np.sqrt(speed[0, i] * speed[0, i] + speed[1, i] * speed[1, i])
        if length > longest:
            speed[0, i] *= longest / length
            speed[1, i] *= longest / length
        x[i] += speed[0, i]
        y[i] += speed[1, i]
