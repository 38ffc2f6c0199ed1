"""Colour by how many of a token's nearest neighbours the disk keeps."""

from __future__ import annotations

import numpy as np

from hypviz.colours.base import Colouring, Tokens
from hypviz.colours.looks import SCALE
from hypviz.records.disk_scene import NOTHING
from hypviz.records.disk_view import DiskColour


def _colour(tokens: Tokens) -> DiskColour:
    layout = tokens.layout
    values = np.where(layout.kept == NOTHING, np.nan, layout.kept.astype(np.float64))
    return DiskColour(label=f"of {layout.quality.k} neighbours kept", values=values, missing="not measured", stops=SCALE)


ENTRY = Colouring(
    name="neighbours kept",
    label="neighbours kept",
    help="how many of the nearest neighbours in the original space are among the nearest in the disk",
    order=60,
    colour=_colour,
)
