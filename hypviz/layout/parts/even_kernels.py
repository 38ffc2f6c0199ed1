"""Pushing close pairs apart as machine code, over the cells of a square grid."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from hypviz.compiled import compiled

GOLDEN = 2.399963229728653  # an angle for pairs that lie on each other: neighbours in row order part in different directions


@compiled()
def push_apart(
    x: Float64[np.ndarray, " n"],
    y: Float64[np.ndarray, " n"],
    order: Int64[np.ndarray, " n"],
    cell: Int64[np.ndarray, " n"],
    first: Int64[np.ndarray, " c"],
    width: int,
    least: float,
) -> None:
    """One round, in place: points nearer than `least` move away from each other by a quarter of what they lack each.

    `order` (n,) are the points sorted by `cell`, those of cell c from first[c] to first[c + 1]; cells are `least` wide, `width` in a row.
    """
    by_x, by_y = np.zeros(x.size), np.zeros(x.size)
    for i in range(x.size):
        for across in range(-1, 2):
            for along in range(-1, 2):
                there = cell[i] + across * width + along
                for place in range(first[there], first[there + 1]):
                    j = order[place]
                    if j == i:
                        continue
                    dx, dy = x[i] - x[j], y[i] - y[j]
                    apart = np.sqrt(dx * dx + dy * dy)
                    if apart >= least:
                        continue
                    lacks = 0.25 * (least - apart)
                    if apart > 1e-12:
                        by_x[i] += lacks * dx / apart
                        by_y[i] += lacks * dy / apart
                    else:
                        by_x[i] += lacks * np.cos(GOLDEN * i)
                        by_y[i] += lacks * np.sin(GOLDEN * i)
    for i in range(x.size):
        x[i] += by_x[i]
        y[i] += by_y[i]
