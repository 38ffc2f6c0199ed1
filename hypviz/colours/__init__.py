"""Colourings of tokens, one file each: the menu of the Disk page, the scene and the exported page are made from them.

In: what a laid out vocabulary says of its tokens (`Tokens`). Out: a group or a number for each of them, with how it looks and the words
for its legend (`DiskColour`).
"""

from hypviz.colours.base import FIRST_SHAPE, SHAPES, Colouring, Tokens
from hypviz.registry import Registry

COLOURS: Registry[Colouring] = Registry("hypviz.colours", Colouring, noun="colouring")

__all__ = ["COLOURS", "FIRST_SHAPE", "SHAPES", "Colouring", "Tokens"]
