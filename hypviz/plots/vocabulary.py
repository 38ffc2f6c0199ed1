"""The make-up of a vocabulary as one stacked bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, FONT_SIZE, GREEN, GREY, ORANGE, PINK, SKY, VERMILION, YELLOW, finish, text_on

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND_COLOURS = {
    "word start": BLUE,
    "word continuation": SKY,
    "number": VERMILION,
    "punctuation": ORANGE,
    "whitespace": YELLOW,
    "byte fragment": PINK,
    "special": GREEN,
    "unused": GREY,
}


def kinds_chart(kinds: Mapping[str, int]) -> Chart:
    """One bar of 100 % split by token kind; kinds without tokens are left out of the figure but kept in the data."""
    import pandas as pd
    import plotly.graph_objects as go

    total = sum(kinds.values())
    share = {name: 100 * n / total for name, n in kinds.items()}
    figure = go.Figure()
    for name, n in kinds.items():
        if n:
            inside = f"{name}<br>{share[name]:.0f} %" if share[name] >= 12 else ""
            figure.add_bar(
                x=[share[name]],
                y=[""],
                orientation="h",
                name=name,
                text=inside,
                textposition="inside",
                insidetextanchor="middle",
                insidetextfont={"color": text_on(KIND_COLOURS[name])},
                textangle=0,
                marker={"color": KIND_COLOURS[name]},
                hovertemplate=f"{name}: {n:,} rows, {share[name]:.2f} %<extra></extra>",
            )
    title = f"{share['word start']:.0f} % of the rows start a word, {share['word continuation']:.0f} % continue one"
    finish(figure, title=title, x="share of all embedding rows, %", y="", height=270)
    legend = {"yref": "container", "yanchor": "bottom", "y": 0, "x": 0, "traceorder": "normal", "font": {"size": FONT_SIZE - 1}}
    figure.update_layout(barmode="stack", bargap=0.1, legend=legend, margin_b=130, margin_l=12)
    figure.update_xaxes(range=[0, 100])
    words = ", ".join(f"{n:,} {name} ({share[name]:.1f} %)" for name, n in kinds.items() if n)
    data = pd.DataFrame({"kind": list(kinds), "rows": list(kinds.values()), "percent": list(share.values())})
    return Chart(figure=figure, title=title, alt=f"A bar of {total:,} embedding rows split by token kind: {words}.", data=data)
