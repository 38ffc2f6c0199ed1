"""Colour by how often a token is among the nearest neighbours of others: hubs are, and their neighbours say little."""

from __future__ import annotations

import numpy as np

from hypviz.colours.base import Colouring, Tokens
from hypviz.colours.looks import SCALE
from hypviz.records.disk_view import DiskColour

PEAKS = 0.01  # of the tokens: on a real model these fill a sixth of all places among nearest neighbours


def _colour(tokens: Tokens) -> DiskColour:
    layout = tokens.layout
    label = f"log2 of 1 + how many tokens have it among their {layout.quality.k} nearest; the highest, one in {round(1 / PEAKS)}, larger"
    return DiskColour(label=label, values=np.log2(1.0 + layout.in_degree), stops=SCALE, peaks=PEAKS)


ENTRY = Colouring(
    name="hubs",
    label="hubs",
    help="how many tokens have it among their nearest neighbours in the original space; a few are neighbours of very many",
    order=65,
    colour=_colour,
)
