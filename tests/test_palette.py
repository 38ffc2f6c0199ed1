"""Hues of equal lightness: known colours, and every one within what a screen can show."""

from __future__ import annotations

import re

import pytest

from hypviz import palette


def test_a_known_colour() -> None:
    """Oklab's own example: sRGB red is (0.62796, 0.25768, 29.234 degrees) in lightness, chroma and hue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(palette, "CHROMA", 0.25768)
        found = palette.hue(29.234 / 360.0, 0.62796)
    red, green, blue = (int(found[k : k + 2], 16) for k in (1, 3, 5))
    assert red >= 245 and green <= 45 and blue <= 45  # the next weaker one, 5 % less, where rounding puts it just outside


@pytest.mark.parametrize("turn", [k / 24 for k in range(-6, 30)])
def test_every_hue_is_a_colour_and_comes_round(turn: float) -> None:
    assert re.fullmatch("#[0-9A-F]{6}", palette.hue(turn, 0.62))
    assert palette.hue(turn, 0.62) == palette.hue(turn + 1.0, 0.62)
