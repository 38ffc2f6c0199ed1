"""The frontier of frequency: neighbours kept against the order of radius and frequency, one point for every pull."""

from __future__ import annotations

from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, FONT_SIZE, GREY, VERMILION, finish
from hypviz.records.frontier import Frontier
from hypviz.words.frontier import frontier_finding, frontier_sentence, kept_at_k


def frontier_chart(frontier: Frontier, *, pull: float | None = None) -> Chart:
    """A line through the points, each with its pull, the one at `pull` marked; points without an order are in the data only."""
    import pandas as pd
    import plotly.graph_objects as go

    points = [point for point in frontier.points if point.radius_spearman is not None]
    figure = go.Figure()
    figure.add_scatter(
        x=[point.radius_spearman for point in points],
        y=[kept_at_k(frontier, point) for point in points],
        mode="lines+markers+text",
        line={"color": BLUE, "width": 2},
        marker={"size": [17 if point.pull == pull else 11 for point in points], "color": [_colour(point.pull, pull) for point in points]},
        text=[f"{point.pull:g}" for point in points],
        textposition="top center",
        textfont={"size": FONT_SIZE},
        hovertemplate="frequency %{text}: %{y:.1%} kept, rank correlation %{x:.2f}<extra></extra>",
        cliponaxis=False,
        showlegend=False,
    )
    figure.add_hline(y=frontier.kept_by_chance, line={"color": GREY, "dash": "dot"}, annotation_text="chance")
    title = frontier_finding(frontier)
    finish(
        figure, title=title, x="rank correlation of radius and frequency (−1: frequent tokens innermost)", y="neighbours kept", height=330
    )
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    figure.update_xaxes(range=[-1.05, max([0.25, *(float(point.radius_spearman or 0.0) + 0.1 for point in points)])])
    data = pd.DataFrame(
        {
            "frequency": [point.pull for point in frontier.points],
            "radius_spearman": [point.radius_spearman for point in frontier.points],
            **{f"kept_at_{depth}": [point.kept_at[i] for point in frontier.points] for i, depth in enumerate(frontier.points[0].depths)},
        }
    )
    return Chart(figure=figure, title=title, alt=f"{title}. {frontier_sentence(frontier)}", data=data)


def _colour(own: float, pull: float | None) -> str:
    return VERMILION if own == pull else BLUE
