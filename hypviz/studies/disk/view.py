"""From a layout to what is said of its picture under one colouring: the title, the words for those who cannot see it, and its table."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from hypviz.colours import COLOURS, Tokens
from hypviz.corpora.general import general_words
from hypviz.geometry import disk_points
from hypviz.layout import nearest_in_disk
from hypviz.records.disk_scene import SceneColour
from hypviz.records.disk_view import DiskColour, DiskView
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TokenTable
from hypviz.words.disk import disk_finding, family_finding, uncounted_clause

if TYPE_CHECKING:
    import pandas as pd

FAMILY = 10  # the nearest tokens among which a word's own group is looked for


def tokens_of(layout: DiskLayout, table: TokenTable, norms: np.ndarray) -> Tokens:
    """What colourings read of a layout; `norms` (n_rows,) are those of all embedding rows."""
    ids = layout.token_ids
    text, words = tuple(table.text[int(i)] for i in ids), _words_in_general()
    is_word = np.fromiter((each.strip().lower() in words for each in text), dtype=bool, count=len(text))
    return Tokens(text=text, kind=table.kind[ids], is_word=is_word, norms=norms[ids], layout=layout)


@lru_cache(maxsize=1)
def _words_in_general() -> frozenset[str]:
    """The words of the general table that stand in its texts more than once, in small letters."""
    table = general_words()
    return frozenset(form.strip().lower() for form, count in zip(table.forms, table.counts.tolist(), strict=True) if count > 1)


def disk_view(layout: DiskLayout, table: TokenTable, norms: np.ndarray, *, colour: str, own: tuple[SceneColour, ...] = ()) -> DiskView:
    """The title, words and data under `colour`, a name of `own` or of `COLOURS` (`HypvizError` for another one)."""
    tokens = tokens_of(layout, table, norms)
    brought = {one.name: one.colour for one in own}
    painted = brought[colour] if colour in brought else COLOURS.require(colour).colour(tokens)
    title = _title(layout, painted)
    seen = disk_points(layout.rho, layout.theta)
    return DiskView(
        title=title,
        alt=_words(layout, title, tokens.text, colour),
        token_ids=layout.token_ids,
        text=tokens.text,
        counts=layout.counts,
        rho=layout.rho,
        theta=layout.theta,
        x=seen[:, 0],
        y=seen[:, 1],
        colour_name=colour,
        colour=painted,
    )


def disk_table(view: DiskView) -> pd.DataFrame:
    """Every token with its place in the layout and in the disk, and the value behind its colour."""
    import pandas as pd

    columns = {"token_id": view.token_ids, "text": list(view.text), "count": view.counts, "rho": view.rho, "theta": view.theta}
    values, groups = view.colour.values, view.colour.groups
    shown = values if groups is None else [groups[int(v)].name if np.isfinite(v) else "" for v in values]
    return pd.DataFrame(columns | {"view_x": view.x, "view_y": view.y, view.colour_name: shown})


def _title(layout: DiskLayout, painted: DiskColour) -> str:
    """What the disk keeps; where groups are families of meaning, whether their words lie together."""
    if not painted.member:
        return disk_finding(layout)
    rows = np.flatnonzero(np.isfinite(painted.values))
    if not rows.size or len(layout.token_ids) < 2:
        return f"No token of this vocabulary is {painted.member}"
    own = painted.values[rows]
    near = nearest_in_disk(layout.rho, layout.theta, rows, k=FAMILY)
    same = float((painted.values[near] == own[:, None]).mean())
    members = np.bincount(own.astype(int))
    chance = float(((members[own.astype(int)] - 1) / (len(layout.token_ids) - 1)).mean())
    finding = family_finding(member=painted.member, n_words=rows.size, n_near=near.shape[1], same=same, chance=chance)
    return finding + uncounted_clause(layout)


def _words(layout: DiskLayout, title: str, text: tuple[str, ...], colour: str) -> str:
    middle = ", ".join(repr(t) for t in text[:8])
    parts = [
        f"The unit disk with {len(text):,} tokens as points, coloured by {colour}.",
        f"{title}.",
        f"The most frequent tokens are {middle}." if layout.counts.any() else f"The first tokens are {middle}.",
        "Circles mark the hyperbolic distances 1, 2 and 3 from the middle; the outer circle is infinitely far away.",
    ]
    return " ".join(parts)
