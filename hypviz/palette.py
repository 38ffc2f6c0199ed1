"""The colours of figures and tokens: readable on a projector, in light and dark, and without colour vision.

Okabe and Ito's (*Color Universal Design*, 2008), with a yellow dark enough for white paper and a grey for what is not in question.
"""

from __future__ import annotations

import math

GREY, BLUE, ORANGE, GREEN = "#8A8F98", "#0072B2", "#E69F00", "#009E73"
YELLOW, SKY, PINK, VERMILION = "#B8A800", "#56B4E9", "#CC79A7", "#D55E00"

# for ten categories: each pair is .11 apart in Oklab at least, to people who see no red or no green too (simulated as by Machado, Oliveira
# and Fernandes, 2009), .17 to all others; lightness .46 to .80, so that they are seen on white and on black
TEN = ("#0853B0", "#EB6902", "#09A76F", "#FF97BE", "#CFBE35", "#9B1865", "#1AD1FF", "#824E00", "#0890F8", "#A76DB4")

_LMS_OF_LAB = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_RGB_OF_LMS = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
CHROMA = 0.13


def hue(turn: float, lightness: float) -> str:
    """A colour (``#RRGGBB``) of the circle of hues at `turn` (1 is once round), of equal lightness (0 to 1) and strength to the eye.

    In Ottosson's Oklab (2020); where the screen has no colour so strong, the nearest weaker one of that hue.
    """
    angle, chroma = 2.0 * math.pi * turn, CHROMA
    while True:
        lab = (lightness, chroma * math.cos(angle), chroma * math.sin(angle))
        lms = [sum(a * b for a, b in zip(row, lab, strict=True)) ** 3 for row in _LMS_OF_LAB]
        rgb = [sum(a * b for a, b in zip(row, lms, strict=True)) for row in _RGB_OF_LMS]
        if (min(rgb) >= -1e-6 and max(rgb) <= 1.0 + 1e-6) or chroma < 1e-3:
            return "#" + "".join(f"{round(255 * _encoded(min(max(x, 0.0), 1.0))):02X}" for x in rgb)
        chroma *= 0.95


def _encoded(x: float) -> float:
    """A share of light as sRGB writes it."""
    return 12.92 * x if x <= 0.0031308 else 1.055 * x ** (1.0 / 2.4) - 0.055
