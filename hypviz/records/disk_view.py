"""The colours of the disk, and what is said of its picture: a title, words, and the table to take home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Record):
    """One group of tokens: its `name` in data, its `label` in the legend and on a plate, and a colour (``#RRGGBB``) and shape that tell it
    from the others."""

    name: str
    label: str
    colour: str
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WideGroup(Record):
    """Groups that make one piece of the picture, named where the whole is seen: their `codes`, and the row where its name stands."""

    label: str
    colour: str
    middle: int
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskColour(Record):
    """One value per token: a number on a scale, or the code of a group.

    `values` (n,) float64, NaN where a token has none, which `missing` puts in words. `groups` are in the order of the codes, None for
    numbers, which are coloured between the `stops` (``#RRGGBB`` at a share of the range, or where colours go `by_quantile` at the share of
    tokens with a smaller number); the share `peaks` of tokens with the highest numbers is drawn larger. `middles` are the rows at which a
    group's name may stand, one for each group that is worth a name, where groups have a place; else empty; the weightiest come first, and
    `on_middles` says that names stand there and not beside. Every group lies in one of the `wide` ones, where there are any, the weightiest
    first. `member` says what a token of any group is ("a taxonomy word") where groups are families of meaning, whose togetherness is the
    picture's title.
    """

    label: str
    values: np.ndarray
    groups: tuple[Group, ...] | None = None
    missing: str = ""
    stops: tuple[tuple[float, str], ...] = ()
    by_quantile: bool = False
    peaks: float = 0.0
    middles: tuple[int, ...] = ()
    on_middles: bool = False
    wide: tuple[WideGroup, ...] = ()
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskView(Record):
    """The disk under one colouring, from the layout's own centre, rows sorted by frequency, most frequent first.

    `rho` and `theta` are those of the layout, `x` and `y` its disk coordinates.
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
    colour_name: str
    colour: DiskColour
