"""Hues of equal lightness: known colours, and every one within what a screen can show; and ten colours that everyone tells apart."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
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


# what the cones of people without the red or the green ones see of linear RGB (Machado, Oliveira and Fernandes, 2009, severity 1)
SIGHTS = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def _oklab(colour: str, sight: tuple[tuple[float, ...], ...]) -> np.ndarray:
    encoded = np.array([int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)])
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    rgb = np.clip(np.array(sight) @ light, 0.0, 1.0)
    to_lms = np.linalg.inv(np.array(palette._RGB_OF_LMS))
    return np.linalg.inv(np.array(palette._LMS_OF_LAB)) @ np.cbrt(to_lms @ rgb)


@pytest.mark.parametrize(("sight", "apart"), [("all cones", 0.17), ("no red", 0.11), ("no green", 0.11)])
def test_ten_colours_differ_to_everyone(sight: str, apart: float) -> None:
    seen = [_oklab(colour, SIGHTS[sight]) for colour in palette.TEN]
    assert len(seen) == 10 and min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) >= apart


def test_ten_colours_are_seen_on_white_and_on_black() -> None:
    lightness = [_oklab(colour, SIGHTS["all cones"])[0] for colour in palette.TEN]
    assert min(lightness) >= 0.45 and max(lightness) <= 0.81
