"""Colour by the logarithm of a token's count, or of its rank by token id where nothing was counted: as many tokens in each shade."""

from __future__ import annotations

import numpy as np

from hypviz.colours.base import Colouring, Tokens
from hypviz.colours.looks import SCALE
from hypviz.records.disk_view import DiskColour


def _colour(tokens: Tokens) -> DiskColour:
    counts = tokens.layout.counts
    if not counts.any():
        rank = np.log10(1.0 + np.arange(len(counts)))
        return DiskColour(label="log10 of the token-id rank (proxy)", values=rank, stops=SCALE, by_quantile=True)
    values = np.full(len(counts), np.nan)
    values[counts > 0] = np.log10(counts[counts > 0])
    missing = f"not in {tokens.layout.radius_source}"
    return DiskColour(label="log10 of the count", values=values, missing=missing, stops=SCALE, by_quantile=True)


ENTRY = Colouring(
    name="frequency",
    label="frequency",
    help="the logarithm of the count where frequencies come from, of the token id where they come from nowhere",
    order=40,
    colour=_colour,
)
