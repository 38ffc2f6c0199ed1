"""Colour by the writing system of a token's first letter."""

from __future__ import annotations

import numpy as np

from hypviz.colours.base import SHAPES, Colouring, Tokens
from hypviz.colours.looks import KIND_LOOKS
from hypviz.records.disk_view import DiskColour, Group
from hypviz.vocabulary.scripts import SCRIPTS, script_codes


def _colour(tokens: Tokens) -> DiskColour:
    colours = list(KIND_LOOKS.values())  # and another shape once they are used up
    groups = tuple(
        Group(name=name, label=name, colour=colours[code % len(colours)], shape=SHAPES[code // len(colours)])
        for code, name in enumerate(SCRIPTS)
    )
    return DiskColour(label="writing system", values=script_codes(tokens.text).astype(np.float64), groups=groups)


ENTRY = Colouring(name="script", label="writing system", help="the writing system of the first letter", order=30, colour=_colour)
