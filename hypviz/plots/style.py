"""Colours and layout shared by all figures: readable on a projector, in light and dark, and without colour vision.

The colours are Okabe and Ito's (*Color Universal Design*, 2008), also those of the methods in `hypviz.methods`; the sequential scale is
Cividis (Nunez, Anderton and Renslow, PLOS ONE 2018), made to look the same to people with and without colour-vision deficiency.
Backgrounds and text colours are left to the page's theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypviz.palette import BLUE, GREEN, GREY, ORANGE, PINK, SKY, VERMILION, YELLOW

if TYPE_CHECKING:
    import plotly.graph_objects as go

CATEGORICAL = (BLUE, VERMILION, GREEN, ORANGE, PINK, SKY, GREY, YELLOW)
SEQUENTIAL = "Cividis"
FONT_SIZE = 15


def text_on(colour: str) -> str:
    """Black or white, whichever has the larger contrast on ``#RRGGBB`` (WCAG 2.2, relative luminance): 4.58 or more on every colour."""
    shares = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#FFFFFF"


def finish(figure: go.Figure, *, title: str, x: str, y: str, height: int = 460) -> go.Figure:
    """Apply title, axis titles (with units in them) and the common layout; returns the same figure."""
    figure.update_layout(
        title={"text": title, "font": {"size": FONT_SIZE + 3}, "x": 0, "xanchor": "left"},
        font={"size": FONT_SIZE},
        height=height,
        margin={"l": 70, "r": 24, "t": 64, "b": 60},
        legend={"orientation": "h", "yanchor": "bottom", "y": -0.32, "x": 0},
        hoverlabel={"font": {"size": FONT_SIZE}},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    grid = {"gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "rgba(128,128,128,0.5)", "linecolor": "rgba(128,128,128,0.6)"}
    figure.update_xaxes(title=x, **grid)
    figure.update_yaxes(title=y, **grid)
    return figure
