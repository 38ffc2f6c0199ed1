"""delta_rel by layer beside its nulls, and norms and dimension by layer: figures from `LayerStudy` records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hypviz.hyperbolicity.nulls import GAUSSIAN, OF_LAYERS, null_label, nulls_of
from hypviz.methods import BASE, METHODS, colour_of
from hypviz.plots.chart import Chart
from hypviz.plots.style import GREY, ORANGE, PINK, SKY, YELLOW, finish
from hypviz.records.layers import LayerStudy
from hypviz.words.layers import layers_finding

if TYPE_CHECKING:
    import plotly.graph_objects as go

NULL_STYLES = ((ORANGE, "solid"), (YELLOW, "dash"), (PINK, "dot"), (SKY, "dashdot"), (GREY, "longdash"))  # in the order of the nulls
NOT_YET = "not compared with chance yet"
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross")
QUANTITIES = {
    "radius_median": "hyperbolic radius, median |x| / √d",
    "norm_median": "median norm |x|",
    "norm_largest": "largest norm |x|",
    "effective_dimension": "effective dimension (Σλ)² / Σλ²",
    "top_share": "share of the largest component",
}


def layers_chart(studies: Sequence[LayerStudy], *, names: dict[str, str]) -> Chart:
    """Mean delta_rel of every column by layer, over the band of the base's Gaussian null; its other nulls as lines."""
    import pandas as pd
    import plotly.graph_objects as go

    figure, base = go.Figure(), studies[0]
    _nulls(figure, base)
    for place, study in enumerate(studies):
        mean = [float(state.delta_rel.mean()) for state in study.layers]
        figure.add_scatter(
            x=[state.layer for state in study.layers],
            y=mean,
            mode="lines+markers",
            name=names.get(study.column, study.column),
            line={"color": _colour(study.column), "width": 3},
            marker={"size": 11, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            customdata=[[state.verdict or NOT_YET, float(state.delta_rel.std())] for state in study.layers],
            hovertemplate="layer %{x}: %{y:.3f} ± %{customdata[1]:.3f}, %{customdata[0]}<extra>%{fullData.name}</extra>",
        )
    title = layers_finding(studies)
    finish(figure, title="", x="layer (0: before the first block)", y="relative delta, 2δ / diameter (0 a tree)", height=500)
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(dtick=1 if base.n_layers <= 40 else None, range=[-0.4, base.n_layers - 0.6])
    figure.update_layout(legend={"y": -0.22, "yanchor": "top"}, margin={"t": 20})
    columns = ", ".join(names.get(study.column, study.column) for study in studies)
    alt = f"Mean relative delta by layer for {columns}, over the 95 % band of Gaussian points and the means of the other nulls. {title}."
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame(_rows(studies)))


def quantity_chart(studies: Sequence[LayerStudy], quantity: str, *, names: dict[str, str]) -> Chart:
    """One of `QUANTITIES` by layer, a line for every column."""
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, study in enumerate(studies):
        figure.add_scatter(
            x=[state.layer for state in study.layers],
            y=[getattr(state, quantity) for state in study.layers],
            mode="lines+markers",
            name=names.get(study.column, study.column),
            line={"color": _colour(study.column), "width": 3},
            marker={"size": 10, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            hovertemplate="layer %{x}: %{y:.4g}<extra>%{fullData.name}</extra>",
        )
    values = np.array([getattr(state, quantity) for state in studies[0].layers])
    short = QUANTITIES[quantity].split(" (")[0]
    last, n_blocks = len(values) - 1, studies[0].n_layers - 1
    where = "the last" if last == n_blocks else f"block {last} of {n_blocks} (a part)"
    title = f"Base, {short}: {values[0]:.3g} before the first block, {values[-1]:.3g} after {where}"
    finish(figure, title="", x="layer (0: before the first block)", y=QUANTITIES[quantity], height=380)
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(margin={"t": 20}, showlegend=len(studies) > 1)
    return Chart(figure=figure, title=title, alt=f"{QUANTITIES[quantity]} by layer. {title}.", data=pd.DataFrame(_rows(studies)))


def _colour(column: str) -> str:
    """The method's own colour, also for ``lora 2``; black-and-white readers have the symbols."""
    name = column.split(" ")[0]
    return colour_of(name) if name == BASE or name in METHODS else YELLOW


def _nulls(figure: go.Figure, base: LayerStudy) -> None:
    """The nulls that are in, each as far as it has come."""
    compared = [state for state in base.layers if state.nulls]
    if compared:
        layers, gaussian = [state.layer for state in compared], [state.nulls[0].delta_rel.mean(axis=1) for state in compared]
        edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        figure.add_scatter(x=layers, y=[float(np.max(g)) for g in gaussian], showlegend=False, **edge)
        name = f"{null_label(GAUSSIAN)}, all {gaussian[0].size} repeats"
        figure.add_scatter(
            x=layers, y=[float(np.min(g)) for g in gaussian], fill="tonexty", fillcolor="rgba(230,159,0,0.35)", name=name, **edge
        )
    order = nulls_of(OF_LAYERS)
    for place, name in enumerate(base.asked):
        there = [state for state in base.layers if len(state.nulls) > place]
        if not there:
            continue
        colour, dash = NULL_STYLES[min(order.index(name) if name in order else len(order), len(NULL_STYLES) - 1)]
        figure.add_scatter(
            x=[state.layer for state in there],
            y=[state.nulls[place].mean for state in there],
            mode="lines" if len(there) > 1 else "markers",
            name=null_label(name),
            showlegend=name != GAUSSIAN,
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate="layer %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
        )


def _rows(studies: Sequence[LayerStudy]) -> list[dict[str, object]]:
    return [
        {
            "column": study.column,
            "layer": state.layer,
            "delta_rel_mean": float(state.delta_rel.mean()),
            "delta_rel_std": float(state.delta_rel.std()),
            "verdict": state.verdict,
            **{f"null_{null.name}_mean": null.mean for null in state.nulls},
            **{quantity: getattr(state, quantity) for quantity in QUANTITIES},
        }
        for study in studies
        for state in study.layers
    ]
