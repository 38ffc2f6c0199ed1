"""Chosen tokens beside random ones: every measure on an axis of its own, the chosen set over the sets made by chance."""

from __future__ import annotations

import numpy as np

from hypviz.measures import BesideChance, beside_chance
from hypviz.plots.chart import Chart
from hypviz.plots.style import GREY, VERMILION, finish
from hypviz.records.token_sets import ChosenMeasures
from hypviz.words.chosen import chosen_finding, chosen_sentences


def chosen_chart(record: ChosenMeasures) -> Chart:
    """One row a measure; grey dots are the random sets, the diamond the chosen one."""
    import pandas as pd
    from plotly import subplots

    found = beside_chance(record)
    figure = subplots.make_subplots(rows=max(1, len(found)), cols=1, vertical_spacing=0.16)
    for row, one in enumerate(found, start=1):
        _row(figure, row, one)
    title = chosen_finding(record)
    finish(figure, title=title, x="", y="", height=120 + 92 * max(1, len(found)))
    for row, one in enumerate(found, start=1):
        figure.update_xaxes(title={"text": one.measure.label, "standoff": 4}, row=row, col=1)
        figure.update_yaxes(visible=False, range=[-1, 1], row=row, col=1)
    figure.update_layout(legend={"yanchor": "bottom", "y": 1.02, "x": 0})
    names = ["chosen", *(f"random {k}" for k in range(1, 1 + len(record.random)))]
    columns = {one.measure.name: [one.value, *one.draws.tolist()] for one in found}
    return Chart(
        figure=figure, title=title, alt=" ".join([title + ".", *chosen_sentences(record)]), data=pd.DataFrame({"set": names} | columns)
    )


def _row(figure: object, row: int, one: BesideChance) -> None:
    """The random sets, spread a little so that none hides another, and the chosen one over them."""
    import plotly.graph_objects as go

    assert isinstance(figure, go.Figure)
    spread = 0.55 * (np.argsort(np.argsort(one.draws)) % 5 - 2) / 2
    hover = "%{x:.4g}<extra></extra>"
    figure.add_scatter(
        x=one.draws, y=spread, mode="markers", name="random tokens", legendgroup="random", showlegend=row == 1,
        marker={"color": GREY, "size": 8, "opacity": 0.75}, hovertemplate=f"random: {hover}", row=row, col=1,
    )  # fmt: skip
    figure.add_scatter(
        x=[one.value], y=[0.0], mode="markers", name="the chosen tokens", legendgroup="chosen", showlegend=row == 1,
        marker={"color": VERMILION, "size": 17, "symbol": "diamond", "line": {"color": "#FFFFFF", "width": 1.5}},
        hovertemplate=f"chosen: {hover}", row=row, col=1,
    )  # fmt: skip
