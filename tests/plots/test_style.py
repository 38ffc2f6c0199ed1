"""Text on a coloured surface keeps its contrast, and figures carry no colour of a theme."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.plots.style import CATEGORICAL, finish, text_on


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two ``#RRGGBB``."""

    def luminance(colour: str) -> float:
        shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return sum(
            w * (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4) for w, v in zip((0.2126, 0.7152, 0.0722), shares, strict=True)
        )

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_text_on_any_colour_is_readable(parts):
    colour = "#{:02X}{:02X}{:02X}".format(*parts)
    assert contrast(text_on(colour), colour) >= 4.5
    assert contrast(text_on(colour), colour) == pytest.approx(max(contrast("#000000", colour), contrast("#FFFFFF", colour)))


def test_the_categorical_colours_too():
    assert {text_on(colour) for colour in CATEGORICAL} == {"#000000", "#FFFFFF"}


def test_a_finished_figure_has_no_colour_for_text():
    import plotly.graph_objects as go

    layout = finish(go.Figure(), title="t", x="x", y="y").to_dict()["layout"]

    def fonts(node: object) -> list[object]:
        if not isinstance(node, dict):
            return []
        here = [value for key, value in node.items() if key.endswith("font")]
        return here + [found for key, value in node.items() if key != "template" for found in fonts(value)]

    assert fonts(layout) and not [font for font in fonts(layout) if isinstance(font, dict) and "color" in font]
