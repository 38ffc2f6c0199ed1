"""Colour by the kind of token: word, number, punctuation, and what belongs to the tokenizer itself."""

from __future__ import annotations

import numpy as np

from hypviz.colours.base import FIRST_SHAPE, Colouring, Tokens
from hypviz.colours.looks import KIND_LOOKS
from hypviz.records.disk_view import DiskColour, Group
from hypviz.records.models import TOKEN_KINDS


def _colour(tokens: Tokens) -> DiskColour:
    groups = tuple(Group(name=name, label=name, colour=KIND_LOOKS[name], shape=FIRST_SHAPE) for name in TOKEN_KINDS)
    return DiskColour(label="kind of token", values=tokens.kind.astype(np.float64), groups=groups)


ENTRY = Colouring(
    name="kind",
    label="kind of token",
    help="word start, word continuation, number, punctuation, whitespace, and what belongs to the tokenizer",
    order=10,
    colour=_colour,
)
