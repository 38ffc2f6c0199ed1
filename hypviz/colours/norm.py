"""Colour by the length of a token's embedding row: as many tokens in each shade."""

from __future__ import annotations

import numpy as np

from hypviz.colours.base import Colouring, Tokens
from hypviz.colours.looks import SCALE
from hypviz.records.disk_view import DiskColour


def _colour(tokens: Tokens) -> DiskColour:
    return DiskColour(label="L2 norm of the row", values=np.asarray(tokens.norms, dtype=np.float64), stops=SCALE, by_quantile=True)


ENTRY = Colouring(name="norm", label="norm of the row", help="the L2 norm of the embedding row", order=50, colour=_colour)
