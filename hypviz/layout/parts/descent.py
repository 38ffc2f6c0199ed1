"""Stochastic gradient descent in the hyperbolic plane of UMAP's cross-entropy, every step along a geodesic.

In: polar points and weighted edges. Out: polar points. A pair at hyperbolic distance d is alike with probability
1 / (1 + a D^(2b)), D = SCALE d; edges attract, pairs drawn at random repel GAMMA times, as in McInnes, Healy and Melville, UMAP,
arXiv 1802.03426, Section 4.3. The descent direction of d is the geodesic itself, so a step is the exponential map on the hyperboloid
x^2 + y^2 - t^2 = -1 (Bonnabel, Stochastic gradient descent on Riemannian manifolds, IEEE TAC 2013). A repulsion that never ends
would drive unconnected parts apart for good, so after every round all points move toward the origin by the share PULL of the rate;
where radii are wanted, they then move along their rays by the share rate^SOFTER of the way, so that the wish rules the first rounds
and the neighbours the last ones.
float64, one thread: same input and seed, same result. Exact for rho <= 15, far beyond what it lays out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from hypviz.geometry import PolarPoints
from hypviz.layout.parts.fuzzy_graph import Edges

# measured on two vocabularies: a larger A packs families into dots, a smaller GAMMA leaves the disk's outside empty
A, B = 0.6, 0.895
SCALE, GAMMA, PULL = 4.0, 10.0, 0.05
N_RANDOM = 5  # random pairs for one edge
LONGEST = 4.0  # the longest step in D at rate 1
SOFTER = 1.5  # measured on word vectors: 1 costs neighbours, 2 the order of the radii


def descend(
    points: PolarPoints,
    edges: Edges,
    *,
    n_rounds: int,
    seed: int,
    wanted: np.ndarray | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[PolarPoints, int]:
    """The points after `n_rounds`, in which an edge is used in proportion to its weight; and how many rounds were made until a stop.

    `wanted` (n,) are radii towards which the points are drawn, None for none.
    """
    x, y = np.sinh(points.rho) * np.cos(points.theta), np.sinh(points.rho) * np.sin(points.theta)
    every = edges.weight.max() / edges.weight
    due = every.copy()
    state = np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64)
    run = _compiled()
    made = 0
    while made < n_rounds and not (should_stop is not None and should_stop()):
        rate = 1.0 - made / n_rounds
        run(x, y, edges.start, edges.end, every, due, float(made + 1), rate, state)
        if wanted is not None:
            _along_rays(x, y, wanted, rate**SOFTER)
        made += 1
        if progress is not None:
            progress(made, n_rounds)
    return PolarPoints(rho=np.arcsinh(np.hypot(x, y)), theta=np.arctan2(y, x)), made


def _along_rays(x: np.ndarray, y: np.ndarray, wanted: np.ndarray, share: float) -> None:
    """Moves every point by a share of the way to its wanted radius; one at the origin has no ray and stays."""
    r = np.hypot(x, y)
    rho = np.arcsinh(r)
    grown = np.sinh(rho + share * (wanted - rho)) / np.where(r > 1e-12, r, np.inf)
    x *= np.where(r > 1e-12, grown, 1.0)
    y *= np.where(r > 1e-12, grown, 1.0)


@cache
def _compiled() -> Callable[..., Any]:
    """The loop over the edges of one round, compiled on first use (a second or two)."""
    from numba import njit

    @njit
    def draw(state: np.ndarray, n: int) -> int:
        """xorshift64* (Vigna, 2016), reduced to 0..n-1."""
        s = state[0]
        s ^= s >> np.uint64(12)
        s ^= s << np.uint64(25)
        s ^= s >> np.uint64(27)
        state[0] = s
        return int(((s * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(n))

    @njit
    def move(x: np.ndarray, y: np.ndarray, i: int, toward_x: float, toward_y: float, quarter: float, length: float) -> None:
        """Point i by `length` (negative: away) along the geodesic to the point at `toward`; `quarter` = sinh^2(d/2)."""
        cosh_d, sinh_d = 1.0 + 2.0 * quarter, 2.0 * np.sqrt(quarter * (1.0 + quarter))
        c, s = np.cosh(length), np.sinh(length) / sinh_d
        x[i], y[i] = c * x[i] + s * (toward_x - cosh_d * x[i]), c * y[i] + s * (toward_y - cosh_d * y[i])

    @njit
    def apart(x: np.ndarray, y: np.ndarray, i: int, j: int) -> float:
        """sinh^2(d/2) from differences, which keeps near points exact."""
        dx, dy = x[j] - x[i], y[j] - y[i]
        a, b = np.sqrt(1.0 + x[i] * x[i] + y[i] * y[i]), np.sqrt(1.0 + x[j] * x[j] + y[j] * y[j])
        dt = (dx * (x[i] + x[j]) + dy * (y[i] + y[j])) / (a + b)
        return max(0.0, (dx * dx + dy * dy - dt * dt) / 4.0)

    @njit
    def one_round(
        x: np.ndarray,
        y: np.ndarray,
        start: np.ndarray,
        end: np.ndarray,
        every: np.ndarray,
        due: np.ndarray,
        now: float,
        rate: float,
        state: np.ndarray,
    ) -> None:
        n = x.size
        for e in range(start.size):
            if due[e] > now:
                continue
            due[e] += every[e]
            i, j = start[e], end[e]
            quarter = apart(x, y, i, j)
            if quarter > 1e-14:
                d = 2.0 * np.arcsinh(np.sqrt(quarter))
                grown = A * (SCALE * d) ** (2.0 * B)
                step = min(min(2.0 * B * grown / (SCALE * d * (1.0 + grown)), LONGEST) * rate / SCALE, d / 2.0)
                xi, yi = x[i], y[i]
                move(x, y, i, x[j], y[j], quarter, step)
                move(x, y, j, xi, yi, quarter, step)
            for _ in range(N_RANDOM):
                k = draw(state, n)
                quarter = apart(x, y, i, k)
                if k == i or quarter <= 1e-14:
                    continue
                far = SCALE * 2.0 * np.arcsinh(np.sqrt(quarter))
                push = GAMMA * 2.0 * B * far / ((1e-3 + far * far) * (1.0 + A * far ** (2.0 * B)))
                move(x, y, i, x[k], y[k], quarter, -min(push, LONGEST) * rate / SCALE)
        for i in range(n):
            r = np.sqrt(x[i] * x[i] + y[i] * y[i])
            if r > 1e-12:
                shrink = np.sinh((1.0 - PULL * rate) * np.arcsinh(r)) / r
                x[i] *= shrink
                y[i] *= shrink

    return one_round
