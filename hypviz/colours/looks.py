"""Colours that several colourings share: those of the kinds of token, and the scale for numbers."""

from __future__ import annotations

from hypviz.palette import BLUE, GREEN, GREY, ORANGE, PINK, SKY, YELLOW

KIND_LOOKS = {
    "word start": BLUE,
    "word continuation": ORANGE,
    "number": GREEN,
    "punctuation": PINK,
    "whitespace": YELLOW,
    "byte fragment": SKY,
    "special": "#5F6B7A",
    "unused": GREY,
}
SCALE = ((0.0, "#2F6FB3"), (0.35, "#5E93A8"), (0.65, "#B5A457"), (1.0, "#F0A500"))  # blue to amber: seen on light and on dark
