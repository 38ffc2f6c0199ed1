"""Colour by the region of the disk: pieces whose tokens are alike, each named by its most telling words, hues by direction.

A word tells most of its region where it points as the region does and is frequent; words of one stem count once, fragments of words only
where there are no words, and no two regions have the same name. The wide regions that these make up are named first, in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from hypviz.colours.base import FIRST_SHAPE, Colouring, Tokens
from hypviz.geometry import disk_points
from hypviz.palette import hue
from hypviz.records.disk_view import DiskColour, Group, WideGroup
from hypviz.records.models import TOKEN_KINDS

WORDS, STEM = 3, 4  # words of a name; letters by which a stem is told
CANDIDATES = 12  # words from which a name is made, should the first of them be another region's
SHORTEST = 3  # letters of a word that may stand in a name
OWN_KIND = 0.25  # a smaller share of whole words, and the region is named by what most of it is
NARROW = 26  # characters of a name on a plate
FEWEST_NAMED = 16  # tokens of a region that is named in the picture, unless there is no larger one
SHADES = (0.62, 0.74, 0.52)  # lightness, so that neighbours of one hue differ
WHOLE, PIECE = "word start", "word continuation"
PLURAL = {PIECE: "pieces", "number": "numbers", "byte fragment": "bytes", "special": "special tokens", "unused": "unused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    """Its `rows` (m,), the most telling first, the row in its `middle`, its direction in turns, and how much its name is worth showing."""

    rows: Int64[np.ndarray, " m"]
    middle: int
    turn: float
    weight: float


def _colour(tokens: Tokens) -> DiskColour:
    layout = tokens.layout
    narrow = _regions(tokens, layout.region, layout.typical)
    wide = _regions(tokens, layout.wide[layout.region], layout.typical_of_wide)
    members = [tuple(np.flatnonzero(layout.wide == code).tolist()) for code in range(len(wide))]
    over, names = _names(tokens, narrow, wide, members)
    least = min(FEWEST_NAMED, max(len(one.rows) for one in narrow))
    groups = tuple(
        Group(name=f"{code + 1}: {name}", label=name, colour=hue(one.turn, SHADES[code % len(SHADES)]), shape=FIRST_SHAPE)
        for code, (one, name) in enumerate(zip(narrow, names, strict=True))
    )
    wider = [
        WideGroup(label=label, colour=hue(one.turn, SHADES[0]), middle=one.middle, codes=codes)
        for one, label, codes in zip(wide, over, members, strict=True)
    ]
    return DiskColour(
        label="region",
        values=layout.region.astype(np.float64),
        groups=groups,
        middles=tuple(narrow[code].middle for code in _by_weight(narrow) if len(narrow[code].rows) >= least),
        on_middles=True,
        wide=tuple(wider[code] for code in _by_weight(wide)),
    )


def _regions(tokens: Tokens, region: np.ndarray, typical: np.ndarray) -> list[_Region]:
    """Of all codes that `region` (n,) has."""
    layout = tokens.layout
    score = typical.astype(np.float64) * np.log1p(layout.counts if layout.counts.any() else np.arange(len(region), 0, -1))
    places = disk_points(layout.rho, layout.theta)
    return [_region(rows, score, typical, places) for code in range(int(region.max()) + 1) for rows in [np.flatnonzero(region == code)]]


def _region(rows: Int64[np.ndarray, " m"], score: np.ndarray, typical: np.ndarray, places: Float64[np.ndarray, "n 2"]) -> _Region:
    middle = places[rows].mean(axis=0)
    return _Region(
        rows=rows[np.argsort(-score[rows], kind="stable")],
        middle=int(rows[np.argmin(((places[rows] - middle) ** 2).sum(axis=1))]),
        turn=float(np.arctan2(middle[1], middle[0])) / (2.0 * np.pi),
        weight=float(typical[rows].mean()) * float(np.log(len(rows) + 1)),
    )


def _by_weight(regions: list[_Region]) -> list[int]:
    return sorted(range(len(regions)), key=lambda code: -regions[code].weight)


def _names(tokens: Tokens, narrow: list[_Region], wide: list[_Region], members: list[tuple[int, ...]]) -> tuple[list[str], list[str]]:
    """The names of the wide regions and of the others, no two alike but that of a wide region that is one other."""
    over: list[str] = []
    for one in wide:
        over.append(_name(tokens, one.rows, over))
    alone = {codes[0]: name for codes, name in zip(members, over, strict=True) if len(codes) == 1}
    names: list[str] = []
    for code, one in enumerate(narrow):
        names.append(alone.get(code) or _name(tokens, one.rows, [*over, *names]))
    return over, names


def _name(tokens: Tokens, rows: Int64[np.ndarray, " m"], taken: list[str]) -> str:
    """Of the region with these `rows`, the most telling first; none of those that are `taken`."""
    first, words = _said(tokens, rows)
    for skipped in range(max(1, len(words))):
        name = _fitting(first, words[skipped : skipped + WORDS - len(first)])
        if name not in taken:
            return name
    name = _fitting(first, words[:WORDS])
    return next(other for k in range(2, len(taken) + 3) if (other := f"{name} ({k})") not in taken)


def _said(tokens: Tokens, rows: Int64[np.ndarray, " m"]) -> tuple[list[str], list[str]]:
    """What a name begins with, and the words of which it takes the first: whole words where there are any, else fragments."""
    kind = tokens.kind[rows]
    kinds = np.bincount(kind, minlength=len(TOKEN_KINDS))
    whole, piece = TOKEN_KINDS.index(WHOLE), TOKEN_KINDS.index(PIECE)
    most = whole if kinds[whole] >= OWN_KIND * len(rows) else int(np.argmax(kinds))
    if most not in (whole, piece):
        return [PLURAL.get(TOKEN_KINDS[most], TOKEN_KINDS[most])], []
    own = (kind == whole) | (kind == most)
    words = list(_different(tokens, rows[own & tokens.is_word[rows]].tolist(), spelt=True))
    words = words or list(_different(tokens, rows[kind == whole].tolist(), spelt=True))
    if most == whole:
        return ([], words) if words else ([WHOLE], [])
    return [PLURAL[PIECE]], words or list(_different(tokens, rows[kind == piece].tolist(), spelt=False))


def _different(tokens: Tokens, rows: list[int], *, spelt: bool) -> Iterator[str]:
    """Up to `CANDIDATES` texts that share no stem; `spelt`: of letters alone, else as pieces of words."""
    stems: list[str] = []
    for row in rows:
        text = tokens.text[row].strip()
        stem = text.lower()[:STEM]
        if len(text) < SHORTEST or not text.isprintable() or (spelt and not text.isalpha()) or stem in stems:
            continue
        stems.append(stem)
        yield text if spelt else f"-{text}"
        if len(stems) == CANDIDATES:
            return


def _fitting(first: list[str], words: list[str]) -> str:
    """What a name begins with and as many of the words as fit on a plate, at least one, which may be cut: ``pieces: its · ate``."""
    if not words:
        return first[0]
    name = "".join(f"{kind}: " for kind in first) + words[0]
    name = name if len(name) <= NARROW else name[: NARROW - 1] + "…"
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
