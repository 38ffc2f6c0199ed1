"""One picture of the disk: what a drawing component needs, and nothing about how it draws. In: this record. Out: a token id."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskColour(Record):
    """One value per token: a number on a scale, or the code of a category.

    `values` (n,) float64, NaN where a token has none, which `missing` puts in words. `categories` names the codes, None for numbers.
    `middles` are the rows at which a category's name may stand, one for each code, where categories have a place; else empty.
    """

    name: str
    label: str
    values: np.ndarray
    categories: tuple[str, ...] | None
    missing: str
    middles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked(Record):
    """The selected token and its true neighbours, nearest first; `kept` says which of them the disk keeps among its ten.

    `paths` (k, steps, 2) are the geodesics from the token to each neighbour in disk coordinates of the view.
    """

    row: int
    nearest: np.ndarray
    cosine: np.ndarray
    kept: np.ndarray
    distance: np.ndarray
    paths: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskView(Record):
    """The disk as seen from `centre_row` (None: from the layout's own centre), rows sorted by frequency, most frequent first.

    `rho` and `theta` are those of the layout, `x` and `y` the disk coordinates of the view. `rings` are hyperbolic distances from
    the middle of the view at which a circle is drawn.
    """

    title: str
    alt: str
    token_ids: np.ndarray
    text: tuple[str, ...]
    counts: np.ndarray
    rho: np.ndarray
    theta: np.ndarray
    x: np.ndarray
    y: np.ndarray
    colour: DiskColour
    centre_row: int | None
    marked: Marked | None
    rings: tuple[float, ...] = (1.0, 2.0, 3.0)
