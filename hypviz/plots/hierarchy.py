"""Norm of the input embedding against depth in a taxonomy: a figure from a `HierarchyTest` record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hypviz.plots.chart import Chart
from hypviz.plots.style import GREY, SEQUENTIAL, finish
from hypviz.plots.token_text import shown
from hypviz.records.hierarchy import HierarchyTest
from hypviz.words.hierarchy import chance_sentence, counts_sentence, hierarchy_finding

if TYPE_CHECKING:
    import plotly.graph_objects as go

SPREAD = 0.3  # words of equal depth stand side by side this far to either side, in edges


def hierarchy_chart(record: HierarchyTest) -> Chart:
    """A point per word at its depth, coloured by its frequency or hollow where it was never counted, over a box for each depth."""
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    _boxes(figure, record)
    _words(figure, record)
    title = hierarchy_finding(record)
    finish(
        figure,
        title=title,
        x="depth in the taxonomy (edges from the nearest root)",
        y=f"L2 norm of the row of {record.tensor_name}",
        height=480,
    )
    figure.update_layout(showlegend=bool(record.n_uncounted))
    figure.update_xaxes(tickvals=record.depth_value, range=[record.depth_value[0] - 0.6, record.depth_value[-1] + 0.6])
    alt = (
        f"Norm of the embedding row against depth, a point for each of {record.n_words:,} words, coloured by frequency or hollow "
        f"where it was never counted, over boxes. "
        f"{title}. {_medians(record)} {chance_sentence(record)} {counts_sentence(record)}"
    )
    data = pd.DataFrame(
        {
            "word": list(record.word),
            "token": list(record.text),
            "token_id": record.token_id,
            "depth": record.depth,
            "norm": record.norm,
            "count": record.count,
            "length": record.length,
        }
    )
    return Chart(figure=figure, title=title, alt=alt, data=data)


def _boxes(figure: go.Figure, record: HierarchyTest) -> None:
    for depth in record.depth_value.tolist():
        norm = record.norm[record.depth == depth]
        figure.add_box(
            x=np.full(norm.size, depth),
            y=norm,
            name=f"depth {depth}",
            width=2 * SPREAD + 0.1,
            boxpoints=False,
            fillcolor="rgba(138,143,152,0.15)",
            line={"color": GREY, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )


def _words(figure: go.Figure, record: HierarchyTest) -> None:
    aside = np.random.default_rng(0).permutation(np.linspace(-SPREAD, SPREAD, record.n_words))
    there = record.count > 0
    size = np.log10(np.maximum(record.count, 1))
    most = max(float(size.max()), 1.0)
    ticks = np.arange(int(most) + 1)
    scale = {
        "color": size[there],
        "colorscale": SEQUENTIAL,
        "cmin": 0,
        "cmax": most,
        "size": 8,
        "line": {"width": 0.5, "color": GREY},
        "colorbar": {"title": {"text": "occurrences"}, "tickvals": ticks, "ticktext": [f"{10 ** int(tick):,}" for tick in ticks]},
    }
    hollow = {"color": GREY, "symbol": "circle-open", "size": 8, "line": {"width": 1.5}}
    for name, rows, marker in (("a counted word", there, scale), ("never counted", ~there, hollow)):
        if rows.any():
            figure.add_scatter(
                x=(record.depth + aside)[rows],
                y=record.norm[rows],
                mode="markers",
                name=name,
                marker=marker,
                customdata=np.stack([record.depth, record.count, record.length], axis=1)[rows],
                text=[shown(record.text[i]) for i in np.flatnonzero(rows)],
                hovertemplate="<b>%{text}</b><br>depth %{customdata[0]}, norm %{y:.4g}<br>%{customdata[1]:,} times, "
                "%{customdata[2]} characters<extra></extra>",
            )


def _medians(record: HierarchyTest) -> str:
    parts = [f"{np.median(record.norm[record.depth == depth]):.3g} at depth {depth}" for depth in record.depth_value.tolist()]
    return f"Median norms: {', '.join(parts)}."
