"""What a colouring is: a name and words for the menu, and a function from tokens to groups or numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypviz.geometry import polar_distance
from hypviz.records.disk_view import DiskColour
from hypviz.records.layout import DiskLayout
from hypviz.registry import Entry

FIRST_SHAPE = "circle"
SHAPES = (FIRST_SHAPE, "triangle-up", "square", "diamond", "cross")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a colouring may read, one row a token, the most frequent first.

    `text`, `kind` (n,) indexing `TOKEN_KINDS`, `is_word` (n,) whether the text is a word of a general table and no fragment of one, `norms`
    (n,) L2 of the embedding rows, and the `layout` with token ids, counts, places and the neighbours kept.
    """

    text: tuple[str, ...]
    kind: np.ndarray
    is_word: np.ndarray
    norms: np.ndarray
    layout: DiskLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Colouring(Entry):
    """One way to colour tokens: `colour` gives every token a group or a number. The disk opens with the first one."""

    colour: Callable[[Tokens], DiskColour]


def medoid(layout: DiskLayout, rows: np.ndarray) -> int:
    """The one of `rows` (m,) with the smallest sum of hyperbolic distances to the others."""
    rho, theta = layout.rho[rows], layout.theta[rows]
    total = [polar_distance(rho, theta, to_rho=float(r), to_theta=float(t)).sum() for r, t in zip(rho, theta, strict=True)]
    return int(rows[int(np.argmin(total))])
