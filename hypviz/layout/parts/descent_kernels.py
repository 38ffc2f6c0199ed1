"""One round of the descent as machine code: steps along geodesics of the hyperboloid x^2 + y^2 - t^2 = -1, in place.

Points are given by (x, y); sinh^2(d/2) is called `quarter`. `descent` says what the constants mean.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64, UInt64

from hypviz.compiled import compiled

A, B = 0.6, 0.895
SCALE, GAMMA = 4.0, 10.0
LONGEST = 4.0
TOGETHER = 1e-14  # sinh^2(d/2) of points that lie on each other: no direction leads from one to the other


@compiled()
def draw(state: UInt64[np.ndarray, "1"], n: int) -> int:
    """xorshift64* (Vigna, 2016), reduced to 0..n-1."""
    s = state[0]
    s ^= s >> np.uint64(12)
    s ^= s << np.uint64(25)
    s ^= s >> np.uint64(27)
    state[0] = s
    return int(((s * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(n))


@compiled()
def move(
    x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], i: int, toward_x: float, toward_y: float, quarter: float, length: float
) -> None:
    """Point i by `length` (negative: away) along the geodesic to the point at `toward`: the exponential map."""
    cosh_d, sinh_d = 1.0 + 2.0 * quarter, 2.0 * np.sqrt(quarter * (1.0 + quarter))
    c, s = np.cosh(length), np.sinh(length) / sinh_d
    x[i], y[i] = c * x[i] + s * (toward_x - cosh_d * x[i]), c * y[i] + s * (toward_y - cosh_d * y[i])


@compiled()
def apart(x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], i: int, j: int) -> float:
    """sinh^2(d/2) from differences, which keeps near points exact."""
    dx, dy = x[j] - x[i], y[j] - y[i]
    a, b = np.sqrt(1.0 + x[i] * x[i] + y[i] * y[i]), np.sqrt(1.0 + x[j] * x[j] + y[j] * y[j])
    dt = (dx * (x[i] + x[j]) + dy * (y[i] + y[j])) / (a + b)
    return max(0.0, (dx * dx + dy * dy - dt * dt) / 4.0)


@compiled()
def attract(x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], i: int, j: int, rate: float) -> None:
    """Both ends of an edge towards each other, at most to the middle."""
    quarter = apart(x, y, i, j)
    if quarter > TOGETHER:
        d = 2.0 * np.arcsinh(np.sqrt(quarter))
        grown = A * (SCALE * d) ** (2.0 * B)
        step = min(min(2.0 * B * grown / (SCALE * d * (1.0 + grown)), LONGEST) * rate / SCALE, d / 2.0)
        xi, yi = x[i], y[i]
        move(x, y, i, x[j], y[j], quarter, step)
        move(x, y, j, xi, yi, quarter, step)


@compiled()
def repel(x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], i: int, k: int, rate: float) -> None:
    """Point i away from point k."""
    quarter = apart(x, y, i, k)
    if k != i and quarter > TOGETHER:
        far = SCALE * 2.0 * np.arcsinh(np.sqrt(quarter))
        push = GAMMA * 2.0 * B * far / ((1e-3 + far * far) * (1.0 + A * far ** (2.0 * B)))
        move(x, y, i, x[k], y[k], quarter, -min(push, LONGEST) * rate / SCALE)


@compiled()
def pull_inwards(x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], share: float) -> None:
    """Every point by a share of its distance towards the origin."""
    for i in range(x.size):
        r = np.sqrt(x[i] * x[i] + y[i] * y[i])
        if r > 1e-12:
            shrink = np.sinh((1.0 - share) * np.arcsinh(r)) / r
            x[i] *= shrink
            y[i] *= shrink


@compiled()
def one_round(
    x: Float64[np.ndarray, " n"],
    y: Float64[np.ndarray, " n"],
    start: Int64[np.ndarray, " m"],
    end: Int64[np.ndarray, " m"],
    every: Float64[np.ndarray, " m"],
    due: Float64[np.ndarray, " m"],
    now: float,
    rate: float,
    n_random: int,
    state: UInt64[np.ndarray, "1"],
) -> None:
    """The edges that are `due` (m,) `now`, each with `n_random` repulsions; an edge is due again after `every` (m,) rounds."""
    for e in range(start.size):
        if due[e] > now:
            continue
        due[e] += every[e]
        attract(x, y, start[e], end[e], rate)
        for _ in range(n_random):
            repel(x, y, start[e], draw(state, x.size), rate)
