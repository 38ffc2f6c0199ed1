"""Colour by the category of a word in the bundled taxonomy of everyday things; all other tokens stay grey."""

from __future__ import annotations

import numpy as np

from hypviz.colours.base import Colouring, Tokens, medoid
from hypviz.palette import TEN
from hypviz.problems.taxonomy import TAXONOMY, category_by_word
from hypviz.records.disk_view import DiskColour, Group

# ten categories in ten colours; related ones share a shape's family
SHAPE_OF = {
    "animal": "circle",
    "fruit": "circle",
    "vegetable": "triangle-up",
    "toy": "diamond",
    "piece of furniture": "square",
    "vehicle": "square",
    "bird": "triangle-up",
    "tool": "square",
    "piece of clothing": "diamond",
    "school supply": "cross",
}
LOOKS = {name: (colour, shape) for colour, (name, shape) in zip(TEN, SHAPE_OF.items(), strict=True)}


def _colour(tokens: Tokens) -> DiskColour:
    codes = {word: list(TAXONOMY).index(category) for word, category in category_by_word().items()}
    values = np.array([codes.get(text.strip().lower(), np.nan) for text in tokens.text], dtype=np.float64)
    members = [np.flatnonzero(values == code) for code in range(len(TAXONOMY))]
    return DiskColour(
        label="category",
        values=values,
        groups=tuple(_group(name) for name in TAXONOMY),
        missing="not in the taxonomy",
        middles=tuple(medoid(tokens.layout, rows) for rows in members if rows.size),
        member="a taxonomy word",
    )


def _group(name: str) -> Group:
    """The category with a label that is short enough for a plate."""
    colour, shape = LOOKS[name]
    return Group(name=name, label=name.removeprefix("piece of "), colour=colour, shape=shape)


ENTRY = Colouring(
    name="taxonomy",
    label="category of the word",
    help="animals, fruits, tools and seven more, for the words of the bundled taxonomy; all others grey",
    order=20,
    colour=_colour,
)
