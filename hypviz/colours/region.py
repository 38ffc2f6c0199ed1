"""Colour by the region of the disk: pieces whose tokens are alike, each named by its most telling words, hues by direction.

A word tells most of its region where it points as the region does and is frequent; words of one stem count once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hypviz.colours.base import FIRST_SHAPE, Colouring, Tokens
from hypviz.geometry import disk_points
from hypviz.palette import hue
from hypviz.records.disk_view import DiskColour, Group
from hypviz.records.models import TOKEN_KINDS

WORDS, STEM = 3, 4  # words of a name; letters by which a stem is told
SHORTEST = 3  # letters of a word that may stand in a name
OWN_KIND = 0.25  # a smaller share of whole words, and the region is named by what most of it is
NARROW = 26  # characters of a name on a plate
SHADES = (0.62, 0.74, 0.52)  # lightness, so that neighbours of one hue differ
PLURAL = {"word continuation": "pieces", "number": "numbers", "byte fragment": "bytes", "special": "special tokens", "unused": "unused"}


def _colour(tokens: Tokens) -> DiskColour:
    region, layout = tokens.layout.region, tokens.layout
    score = layout.typical.astype(np.float64) * np.log1p(layout.counts if layout.counts.any() else np.arange(len(region), 0, -1))
    places = disk_points(layout.rho, layout.theta)
    groups: list[Group] = []
    middles: list[int] = []
    weight: list[float] = []
    for code in range(int(region.max()) + 1):
        rows = np.flatnonzero(region == code)
        middle = places[rows].mean(axis=0)
        nearest = int(rows[np.argmin(((places[rows] - middle) ** 2).sum(axis=1))])
        label = _name(tokens, rows[np.argsort(-score[rows], kind="stable")])
        turn = float(np.arctan2(middle[1], middle[0])) / (2.0 * np.pi)
        groups.append(Group(name=f"{code + 1}: {label}", label=label, colour=hue(turn, SHADES[code % len(SHADES)]), shape=FIRST_SHAPE))
        middles.append(nearest)
        weight.append(float(layout.typical[rows].mean()) * np.log(len(rows) + 1))
    first = sorted(range(len(groups)), key=lambda code: -weight[code])
    return DiskColour(
        label="region", values=region.astype(np.float64), groups=tuple(groups), middles=tuple(middles[g] for g in first), on_middles=True
    )


def _name(tokens: Tokens, rows: np.ndarray) -> str:
    """Of the region with these `rows`, the most telling first."""
    kinds = np.bincount(tokens.kind[rows], minlength=len(TOKEN_KINDS))
    whole = TOKEN_KINDS.index("word start")
    most = whole if kinds[whole] >= OWN_KIND * len(rows) else int(np.argmax(kinds))
    said = list(_different(tokens, [int(row) for row in rows if tokens.kind[row] == most], spelt=most == whole))
    kind = TOKEN_KINDS[most]
    if most != whole:
        return _fitting([PLURAL.get(kind, kind), *(said if kind == "word continuation" else ())])
    return _fitting(said) if said else kind


def _different(tokens: Tokens, rows: list[int], *, spelt: bool) -> Iterator[str]:
    """Up to `WORDS` texts that share no stem; `spelt`: of letters alone."""
    stems: list[str] = []
    for row in rows:
        text = tokens.text[row].strip()
        stem = text.lower()[:STEM]
        if len(text) < SHORTEST or not text.isprintable() or (spelt and not text.isalpha()) or stem in stems:
            continue
        stems.append(stem)
        yield text if spelt else f"-{text}"
        if len(stems) == WORDS:
            return


def _fitting(words: list[str]) -> str:
    """As many of the words as fit on a plate, at least one, which may be cut."""
    name = words[0] if len(words[0]) <= NARROW else words[0][: NARROW - 1] + "…"
    for word in words[1:]:
        if len(name) + 3 + len(word) <= NARROW:
            name += f" · {word}"
    return name


ENTRY = Colouring(
    name="region",
    label="region",
    help="pieces of the disk whose tokens are alike, named by their most telling words",
    order=5,
    colour=_colour,
)
