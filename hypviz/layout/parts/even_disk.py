"""From points in the plane to the unit disk: radii so that equal areas hold equally many, then close pairs pushed apart.

In: points (n, 2) about the origin. Out: |z| (n,) below 1 and angles. The first step keeps directions and the order of the radii, the
second moves each point by a fraction of the mean spacing sqrt(pi / n). Nothing is drawn at random.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.layout.parts.even_kernels import push_apart

CLOSE = 0.25  # of the mean spacing: nearer pairs are pushed apart; more costs first neighbours
ROUNDS = 3
EDGE = 1.0 - 1e-9


def even_radii(points: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 2"]:
    """The points (n, 2) in the unit disk: |z|^2 is the share of the points that lie further in, of equal radii in row order."""
    n = len(points)
    order = np.argsort(np.hypot(points[:, 0], points[:, 1]), kind="stable")
    radius = np.empty(n)
    radius[order] = np.sqrt((np.arange(n) + 0.5) / n)
    theta = np.arctan2(points[:, 1], points[:, 0])
    return np.stack([radius * np.cos(theta), radius * np.sin(theta)], axis=1)


def pushed_apart(points: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 2"]:
    """The points (n, 2) of the unit disk after `ROUNDS` in which pairs nearer than `CLOSE` mean spacings part by half of what they lack."""
    n = len(points)
    least = CLOSE * float(np.sqrt(np.pi / n))
    x, y = points.T.copy()
    for _ in range(ROUNDS):
        cell_x, cell_y = np.floor((x + 1.0) / least).astype(np.int64), np.floor((y + 1.0) / least).astype(np.int64)
        width = int(np.ceil(2.0 / least)) + 3
        cell = (cell_x + 1) * width + cell_y + 1
        order = np.argsort(cell, kind="stable")
        first = np.searchsorted(cell[order], np.arange(width * width + 1))
        push_apart(x, y, order, cell, first, width, least)
        beyond = np.maximum(np.hypot(x, y) / EDGE, 1.0)
        x /= beyond
        y /= beyond
    return np.stack([x, y], axis=1)
