"""The Poincaré disk as a plotly figure from a `DiskView`: points, boundary, rings, labels, the selected token and its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hypviz.plots.chart import Chart
from hypviz.plots.disk_labels import choose_labels
from hypviz.plots.style import BLUE, FONT_SIZE, GREEN, GREY, ORANGE, PINK, SKY, VERMILION, YELLOW
from hypviz.plots.token_text import shown
from hypviz.records.disk_view import DiskView

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

HEIGHT = 700
SMALLEST_SIDE = 600  # pixels of the disk on a narrow screen: labels that do not collide there collide nowhere
EDGE = 1.04  # half the side of the picture, in units of the disk's radius
PLATES, PLATE, COLUMN = 0.4, 0.095, 0.03  # room for the categories' names, one's height, the columns' distance from 0, in disk radii
LINE = "rgba(128,128,128,0.75)"
FAINT = "rgba(128,128,128,0.35)"
SCALE = ((0.0, "#2F6FB3"), (0.35, "#5E93A8"), (0.65, "#B5A457"), (1.0, "#F0A500"))  # blue to amber: seen on light and on dark
KINDS = {
    "word start": BLUE,
    "word continuation": SKY,
    "number": ORANGE,
    "punctuation": GREEN,
    "whitespace": YELLOW,
    "byte fragment": PINK,
    "special": "#5F6B7A",
    "unused": GREY,
}
# ten categories: related ones share a shape's family, and colour and shape together tell all of them apart
CATEGORIES = {
    "animal": (BLUE, "circle"),
    "bird": (SKY, "triangle-up"),
    "fruit": (ORANGE, "circle"),
    "vegetable": (YELLOW, "triangle-up"),
    "tool": (GREEN, "square"),
    "vehicle": (PINK, "square"),
    "toy": (PINK, "diamond"),
    "piece of clothing": (BLUE, "diamond"),
    "piece of furniture": (ORANGE, "square"),
    "school supply": (GREEN, "cross"),
}
SPECTRUM = (BLUE, ORANGE, GREEN, PINK, SKY, YELLOW, VERMILION)  # for names without a colour of their own


def disk_chart(view: DiskView) -> Chart:
    """The picture; every point carries its token id as customdata[0], so that a click can be answered."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _circles(figure, view)
    _points(figure, view)
    _marked(figure, view)
    _labels(figure, view)
    _category_names(figure, view)
    _layout(figure, view)
    return Chart(figure=figure, title=view.title, alt=view.alt, data=disk_table(view))


def _circles(figure: go.Figure, view: DiskView) -> None:
    """The boundary at infinity, and rings at whole hyperbolic distances from the middle of the view."""
    turn = np.linspace(0.0, 2.0 * np.pi, 361)
    for distance in (*view.rings, None):
        size = 1.0 if distance is None else float(np.tanh(distance / 2.0))
        figure.add_scatter(
            x=size * np.cos(turn),
            y=size * np.sin(turn),
            mode="lines",
            line={"color": LINE if distance is None else FAINT, "width": 2 if distance is None else 1},
            hoverinfo="skip",
            showlegend=False,
        )
        if distance is not None:
            corner = size * np.sqrt(0.5)
            figure.add_annotation(x=corner, y=-corner, text=f"d = {distance:g}", showarrow=False, font={"color": GREY, "size": 12})


def _points(figure: go.Figure, view: DiskView) -> None:
    """One trace per category, or one on a colour scale and one, grey, for the tokens without a value."""
    values, names = view.colour.values, view.colour.categories
    missing = np.isnan(values)
    if missing.any():
        faint = {"opacity": 0.45} if names is not None else {}
        _trace(figure, view, np.flatnonzero(missing), name=view.colour.missing, marker={"color": GREY, **faint})
    if names is not None:
        for code in np.unique(values[~missing]).astype(int).tolist():
            _trace(figure, view, np.flatnonzero(values == code), name=names[code], marker=_category(names[code]))
        return
    there = np.flatnonzero(~missing)[::-1]  # the most frequent are drawn last, on top
    title = {"text": view.colour.label, "side": "bottom", "font": {"size": 13}}
    bar = {
        "title": title,
        "orientation": "h",
        "thickness": 12,
        "len": 0.5,
        "x": 0.5,
        "y": 0.0,
        "yanchor": "top",
        "outlinewidth": 0,
        "tickfont": {"size": 12},
    }
    marker = {"color": values[there], "colorscale": SCALE, "colorbar": bar, "showscale": True}
    _trace(figure, view, there, name=view.colour.label, marker=marker, legend=False)


def _category(name: str) -> dict:
    """Kinds of token are many small circles; a taxonomy's words are few, so they are large and differ in shape too."""
    if name in KINDS:
        return {"color": KINDS[name]}
    if name not in CATEGORIES:
        return {"color": SPECTRUM[sum(map(ord, name)) % len(SPECTRUM)]}
    colour, symbol = CATEGORIES[name]
    return {"color": colour, "symbol": symbol, "opacity": 1.0, "line": {"width": 1, "color": "rgba(128,128,128,0.9)"}}


def _trace(figure: go.Figure, view: DiskView, rows: np.ndarray, *, name: str, marker: dict, legend: bool = True) -> None:
    """Points near the middle of the view are large, those near the boundary small, as their neighbourhoods are."""
    import plotly.graph_objects as go

    size = 3.0 + 5.0 * (1.0 - view.x[rows] ** 2 - view.y[rows] ** 2) + (5.0 if "symbol" in marker else 0.0)
    figure.add_trace(
        go.Scattergl(
            x=view.x[rows],
            y=view.y[rows],
            mode="markers",
            name=name,
            showlegend=legend,
            marker={"opacity": 0.85, "line": {"width": 0}, **marker, "size": size},
            customdata=np.stack([view.token_ids[rows], view.counts[rows], view.rho[rows]], axis=1),
            text=[shown(view.text[i]) for i in rows],
            hovertemplate="<b>%{text}</b><br>token %{customdata[0]}, count %{customdata[1]:,}, ρ = %{customdata[2]:.2f}<extra></extra>",
            unselected={"marker": {"opacity": marker.get("opacity", 0.85)}},
        )
    )


def _marked(figure: go.Figure, view: DiskView) -> None:
    """The selected token, and geodesics to its neighbours: a filled circle where the disk keeps one, an open diamond where not."""
    marked = view.marked
    if marked is None:
        return
    gap = np.full((len(marked.nearest), 1, 2), np.nan)
    lines = np.concatenate([marked.paths, gap], axis=1).reshape(-1, 2)
    style = {"color": LINE, "width": 1.5}
    figure.add_scatter(x=lines[:, 0], y=lines[:, 1], mode="lines", line=style, hoverinfo="skip", showlegend=False, connectgaps=False)
    for kept, symbol, name in ((True, "circle", "neighbour kept"), (False, "diamond-open", "neighbour lost")):
        some = np.flatnonzero(marked.kept == kept)
        _symbols(figure, view, marked.nearest[some], marked.cosine[some], symbol=symbol, name=name)
    _symbols(figure, view, np.array([marked.row]), np.ones(1), symbol="star", name="selected")


def _symbols(figure: go.Figure, view: DiskView, rows: np.ndarray, cosine: np.ndarray, *, symbol: str, name: str) -> None:
    if not rows.size:
        return
    figure.add_scattergl(  # on the same canvas as the points, or they would cover it
        x=view.x[rows],
        y=view.y[rows],
        mode="markers",
        name=name,
        marker={"symbol": symbol, "color": VERMILION, "size": 15 if symbol == "star" else 11, "line": {"width": 2, "color": VERMILION}},
        customdata=np.stack([view.token_ids[rows], cosine], axis=1),
        text=[shown(view.text[i]) for i in rows],
        unselected={"marker": {"opacity": 1.0}},
        hovertemplate="<b>%{text}</b><br>cosine %{customdata[1]:.3f}<extra></extra>",
    )


def _labels(figure: go.Figure, view: DiskView) -> None:
    """Token texts where they do not cover each other: the selected one, its neighbours, then by frequency."""
    marked = view.marked
    first = [marked.row, *marked.nearest.tolist()] if marked is not None else []
    per_unit = SMALLEST_SIDE / (2.0 * EDGE)
    rows = choose_labels(view.x, view.y, [shown(t) for t in view.text], first=first, then=_named(view), pixels_per_unit=per_unit)
    figure.add_scatter(
        x=view.x[rows],
        y=view.y[rows],
        mode="text",
        text=[f"<b>{shown(view.text[i])}</b>" if i in first else shown(view.text[i]) for i in rows],
        textposition="top center",
        textfont={"size": 13},
        unselected={"textfont": {"color": GREY}},  # a click would fade them until the new picture is there
        hoverinfo="skip",
        showlegend=False,
    )


def _category_names(figure: go.Figure, view: DiskView) -> None:
    """The name of each category on a plate, large enough for the last row of a lecture room, with a line to its middle.

    The plates stand in two columns, in the order of their middles, so that none covers another, and only where they cover next to
    no tokens; elsewhere, and when a token is selected, colours and legend must do.
    """
    if view.marked is not None or (np.hypot(view.x, view.y) < PLATES).mean() > 0.02:
        return
    middles = np.array(view.colour.middles, dtype=int)
    for side in (-1, 1):
        rows = middles[(view.x[middles] >= 0) == (side > 0)]
        rows = rows[np.argsort(view.y[rows])]
        height = PLATE * (np.arange(rows.size) - (rows.size - 1) / 2)
        for row, y in zip(rows.tolist(), height + np.clip(view.y[rows].mean() if rows.size else 0.0, -0.5, 0.5), strict=True):
            name = view.colour.categories[int(view.colour.values[row])].removeprefix("piece of ")
            figure.add_annotation(
                x=view.x[row],
                y=view.y[row],
                ax=side * COLUMN,
                ay=y,
                axref="x",
                ayref="y",
                xanchor="right" if side < 0 else "left",
                text=f'<b style="color:#FFFFFF">{name}</b>',  # on a plate of its own, whatever colour the page gives to text
                font={"size": 15},
                bgcolor="rgba(45,50,60,0.86)",
                borderpad=2,
                arrowcolor="rgba(128,128,128,0.9)",
                arrowwidth=1.5,
                arrowhead=6,
            )


def _named(view: DiskView) -> list[int]:
    """The rows of a taxonomy's words, which come before other tokens: nobody finds the animals among grey names."""
    picked = view.colour.categories is not None and np.isnan(view.colour.values).any()
    return np.flatnonzero(np.isfinite(view.colour.values)).tolist() if picked else []


def _layout(figure: go.Figure, view: DiskView) -> None:
    # autorange, held to the disk: a fixed range is widened by every change of the window's shape and never narrowed again
    hidden = {"visible": False, "autorange": True, "autorangeoptions": {"minallowed": -EDGE, "maxallowed": EDGE}}
    # many categories go below the disk, which is what people came for; a colour bar needs that place itself
    place = {"y": 1.0, "yanchor": "bottom"} if view.colour.categories is None else {"y": 0.0, "yanchor": "top"}
    figure.update_layout(
        height=HEIGHT,
        font={"size": FONT_SIZE},
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"font": {"size": FONT_SIZE}},
        legend={"orientation": "h", "x": 0.0, "itemsizing": "constant", "font": {"size": 13}, **place},
        dragmode="pan",
        clickmode="event+select",
    )
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x", scaleratio=1)


def disk_table(view: DiskView) -> pd.DataFrame:
    """Every token with its place, in the layout and in the view, and the value behind its colour."""
    import pandas as pd

    columns = {"token_id": view.token_ids, "text": list(view.text), "count": view.counts, "rho": view.rho, "theta": view.theta}
    values, names = view.colour.values, view.colour.categories
    shown_values = values if names is None else [names[int(v)] if np.isfinite(v) else "" for v in values]
    columns |= {"view_x": view.x, "view_y": view.y, view.colour.name: shown_values}
    return pd.DataFrame(columns)
