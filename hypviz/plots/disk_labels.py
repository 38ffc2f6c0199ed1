"""Which tokens of a disk get a label: greedily by frequency, none covering another.

In: disk coordinates and the texts as drawn. Out: rows. The widths are estimates for a sans-serif face, on the generous side.
"""

from __future__ import annotations

import html

import numpy as np

CHARACTER, LINE = 8.2, 19.0  # pixels for one character and one line at 13 px
LIFT = 14.0  # pixels from a point to the middle of its label
MOST, LOOKED_AT = 110, 4000
INSIDE = 0.97  # labels nearer the boundary would stick out of the disk


def choose_labels(x: np.ndarray, y: np.ndarray, text: list[str], *, first: list[int], then: list[int], pixels_per_unit: float) -> list[int]:
    """At most `MOST` rows whose boxes are disjoint: `first`, `then`, and the other rows in their order (the most frequent first)."""
    boxes = np.empty((0, 4))
    chosen: list[int] = []
    always = set(first)
    early = list(dict.fromkeys([*first, *then]))
    known = set(early)
    for row in [*early, *(i for i in range(min(len(text), LOOKED_AT)) if i not in known)]:
        if len(chosen) == MOST:
            break
        if row not in always and (x[row] ** 2 + y[row] ** 2 > INSIDE**2 or not text[row]):
            continue
        width = CHARACTER * max(1, len(html.unescape(text[row])))
        middle, centre = pixels_per_unit * x[row], pixels_per_unit * y[row] + LIFT
        box = np.array([middle - width / 2, middle + width / 2, centre - LINE / 2, centre + LINE / 2])
        apart = (boxes[:, 0] > box[1]) | (boxes[:, 1] < box[0]) | (boxes[:, 2] > box[3]) | (boxes[:, 3] < box[2])
        if apart.all():
            boxes = np.concatenate([boxes, box[None]])
            chosen.append(row)
    return chosen
