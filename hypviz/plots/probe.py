"""What adapters did, layer by layer and token by token: the gain, u = |x|/R, |Delta|/|Wx| and |B A x|.

In: the records of a probe. Out: charts, for a model of any depth. A mark is the median over tokens, the line through it holds the
tokens from the 1st to the 99th percentile; the variation of the gain is one number a layer, and has no line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hypviz.methods import title_of
from hypviz.plots.chart import Chart
from hypviz.plots.style import CATEGORICAL, GREY, SEQUENTIAL, finish
from hypviz.plots.token_text import shown, visible
from hypviz.records.hyplora import BA_NORM, GAIN, RATIO, AdapterProbe, LayerProbe, PromptProbe, Quantiles, U
from hypviz.words.layer_names import place, short_modules
from hypviz.words.numbers import percent, share

if TYPE_CHECKING:
    import plotly.graph_objects as go

VARIATION = "variation"
LAYER_QUANTITIES = (GAIN, VARIATION, U, RATIO, BA_NORM)
NAMES = {GAIN: "gain g", VARIATION: "gain: give or take", U: "u = |x| / R", RATIO: "|Δ| / |Wx|", BA_NORM: "|BAx|"}
NEAR_ONE = 0.05
LOG_FROM = 20.0
MOST_TICKS, MOST_DETAILED = 60, 30_000
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "star")
_DIVERGING = "PuOr"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One layer under one adapter."""

    adapter: str
    block: int
    module: str
    values: Quantiles
    variation: float | None

    @property
    def label(self) -> str:
        return f"block {self.block} {self.module}"


def layer_chart(adapters: Sequence[AdapterProbe], quantity: str) -> Chart | None:
    """One mark per layer and adapter over the blocks; None where the quantity does not exist (u and gain of plain LoRA).

    `quantity` is one of `LAYER_QUANTITIES`.
    """
    import pandas as pd
    import plotly.graph_objects as go

    rows = _rows(adapters, quantity)
    if not rows:
        return None
    modules, names = list(dict.fromkeys(row.module for row in rows)), list(dict.fromkeys(row.adapter for row in rows))
    figure = go.Figure()
    for place_in_block, (name, module) in enumerate((n, m) for m in modules for n in names):
        shift = (place_in_block + 0.5) / (len(names) * len(modules)) - 0.5
        mine = [row for row in rows if (row.adapter, row.module) == (name, module)]
        if mine:
            _draw_layers(figure, mine, shift * 0.8, quantity, number=modules.index(module), fill=_fill(names, name), alone=len(names) == 1)
    title = _layer_finding(rows, quantity)
    axis = "give or take within the layer" if quantity == VARIATION else f"{NAMES[quantity]} per token (median, 98 % line)"
    finish(figure, title=title, x="block of the model", y=axis, height=420)
    figure.update_layout(legend={"traceorder": "normal", "y": -0.3})
    figure.update_xaxes(dtick=max(1, (1 + max(row.block for row in rows)) // 20))
    if quantity == GAIN:
        figure.add_hline(y=1.0, line={"color": GREY, "dash": "dot", "width": 2})
    _choose_scale(figure, [v for row in rows for v in (row.values.low, row.values.high)], quantity)
    data = pd.DataFrame([_as_line(row) for row in rows])
    spoken = "; ".join(f"{_of(row, names)}{row.label} {_number(row.values.median, quantity)}" for row in rows[:40])
    kind = "Values" if quantity == VARIATION else "Medians"
    alt = f"{NAMES[quantity]} in every layer. {title}. {kind}: {spoken}{' and so on' if len(rows) > 40 else ''}."
    return Chart(figure=figure, title=title, alt=alt, data=data)


def token_chart(probe: PromptProbe, quantity: str) -> Chart | None:
    """A map of one adapter on one prompt: layers by tokens; None where the quantity does not exist or is nowhere finite."""
    import pandas as pd
    import plotly.graph_objects as go

    values = getattr(probe, quantity)
    if values is None or not np.isfinite(values).any() or (quantity == GAIN and probe.u is None and np.all(values == 1.0)):
        return None
    values = np.where(np.isfinite(values), values, np.nan)
    short = short_modules(probe.layers)
    labels = [f"block {block} {short[module]}" for block, module in map(place, probe.layers)]
    shades, bar = _shades(values, quantity)
    figure = go.Figure(go.Heatmap(z=shades, y=labels, x=np.arange(len(probe.pieces)), xgap=1, ygap=1, **bar, **_hover(probe)))
    title = _token_finding(probe, values, quantity, labels)
    finish(figure, title=title, x="token of the prompt", y="", height=max(320, 120 + 19 * len(labels)))
    if len(probe.pieces) <= MOST_TICKS:
        figure.update_xaxes(tickvals=list(range(len(probe.pieces))), ticktext=[shown(piece) for piece in probe.pieces], tickangle=-60)
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_size=12, dtick=1 if len(labels) <= MOST_TICKS else None)
    figure.update_xaxes(showgrid=False)
    data = pd.DataFrame(
        {
            "layer": np.repeat(probe.layers, len(probe.pieces)),
            "position": np.tile(np.arange(len(probe.pieces)), len(probe.layers)),
            "token": np.tile(probe.pieces, len(probe.layers)),
            **{name: getattr(probe, name).ravel() for name in (GAIN, U, RATIO, BA_NORM) if getattr(probe, name) is not None},
        }
    )
    alt = f"{NAMES[quantity]} of {len(probe.pieces)} prompt tokens in {len(labels)} layers, as shades. {title}."
    return Chart(figure=figure, title=title, alt=alt, data=data)


def _rows(adapters: Sequence[AdapterProbe], quantity: str) -> list[_Row]:
    modules = short_modules([layer.layer for entry in adapters for layer in entry.layers])
    found: list[_Row] = []
    for entry in adapters:
        for layer in entry.layers:
            values = _values(entry, layer, quantity)
            if values is not None:
                block, module = place(layer.layer)
                found.append(_Row(adapter=entry.adapter, block=block, module=modules[module], values=values, variation=layer.variation))
    return found


def _values(entry: AdapterProbe, layer: LayerProbe, quantity: str) -> Quantiles | None:
    if quantity == VARIATION:
        v = layer.variation
        return None if v is None else Quantiles(minimum=v, low=v, median=v, high=v, maximum=v, n=layer.n_tokens)
    return None if quantity == GAIN and not entry.hyperbolic else getattr(layer, quantity)


def _draw_layers(figure: go.Figure, rows: list[_Row], shift: float, quantity: str, *, number: int, fill: str, alone: bool) -> None:
    colour, symbol = CATEGORICAL[number % len(CATEGORICAL)], _SYMBOLS[number % len(_SYMBOLS)]
    name = rows[0].module if alone else f"{_title(rows[0].adapter)}: {rows[0].module}"
    medians = np.array([row.values.median for row in rows])
    figure.add_scatter(
        x=[row.block + shift for row in rows],
        y=medians,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": np.array([row.values.high for row in rows]) - medians,
            "arrayminus": medians - np.array([row.values.low for row in rows]),
            "thickness": 2,
            "width": 0,
        },
        mode="markers",
        name=name,
        marker={"color": colour, "symbol": symbol + fill, "size": 10, "line": {"width": 2, "color": colour}},
        customdata=[[row.block, row.values.low, row.values.high, row.values.minimum, row.values.maximum] for row in rows],
        hovertemplate=f"{name}, block %{{customdata[0]}}: median %{{y:.3g}}, 98 % of tokens %{{customdata[1]:.3g}} to "
        "%{customdata[2]:.3g}, all %{customdata[3]:.3g} to %{customdata[4]:.3g}<extra></extra>"
        if quantity != VARIATION
        else f"{name}, block %{{customdata[0]}}: give or take %{{y:.2~%}}<extra></extra>",
    )


def _fill(names: Sequence[str], name: str) -> str:
    """The last adapter's marks are full, the first one's hollow, and those between have a dot."""
    if name == names[-1]:
        return ""
    return "-open" if name == names[0] else "-open-dot"


def _layer_finding(rows: list[_Row], quantity: str) -> str:
    names = list(dict.fromkeys(row.adapter for row in rows))
    if quantity == GAIN:
        low, high = min(row.values.low for row in rows), max(row.values.high for row in rows)
        if low >= 1 - NEAR_ONE and high <= 1 + NEAR_ONE:
            return f"The gain is {low:.2f} to {high:.2f} in every layer: HypLoRA acts as LoRA"
        worst = max(rows, key=lambda row: abs(math.log(max(row.values.median, 1e-300))))
        give = "" if worst.variation is None else f", give or take {percent(worst.variation)}"
        return f"The gain is farthest from 1 in {worst.label}: {worst.values.median:.3g} at the median token{give}"
    largest = max(rows, key=lambda row: row.values.median)
    if quantity == VARIATION:
        half = percent(float(np.median([row.values.median for row in rows])))
        most = f"most by token in {largest.label}: {percent(largest.values.median)}"
        return f"In half of the layers the gain is one number give or take {half} or less; it varies {most}"
    amount = _number(largest.values.median, quantity)
    if quantity == U:
        return f"Tokens are longest against the radius in {largest.label}: u = {amount} at the median, {largest.values.maximum:.3g} at most"
    what = "The update is largest" if quantity == RATIO else "|BAx| is largest"
    return f"{what} in {_of(largest, names)}{largest.label}: {amount} at the median token"


def _token_finding(probe: PromptProbe, values: np.ndarray, quantity: str, labels: list[str]) -> str:
    def at(index: int) -> str:
        row, column = np.unravel_index(index, values.shape)
        return f"“{visible(probe.pieces[column])}” in {labels[row]} ({_number(float(values[row, column]), quantity)})"

    most = at(int(np.nanargmax(values)))
    if quantity == GAIN:
        return f"HypLoRA stretches {most} most, and {at(int(np.nanargmin(values)))} least"
    names = {U: "The longest token against the radius", RATIO: "The largest update", BA_NORM: "The largest |BAx|"}
    return f"{names[quantity]}: {most}"


def _shades(values: np.ndarray, quantity: str) -> tuple[np.ndarray, dict[str, object]]:
    """Logarithms to colour by, and the colour scale with ticks in the values themselves; what is 0 has no colour."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shades = np.log2(values)
    shades[~np.isfinite(shades)] = np.nan
    low, high = (float(np.nanmin(shades)), float(np.nanmax(shades))) if np.isfinite(shades).any() else (0.0, 0.0)
    if quantity == GAIN:
        high = max(abs(low), abs(high), math.log2(1 + NEAR_ONE))
        low = -high
    high = max(high, low + 0.1)
    ticks = np.linspace(low, high, 5)
    bar: dict[str, object] = {
        "colorscale": _DIVERGING if quantity == GAIN else SEQUENTIAL,
        "zmin": low,
        "zmax": high,
        "colorbar": {
            "title": {"text": NAMES[quantity]},
            "tickvals": ticks,
            "ticktext": [_number(float(2**tick), quantity) for tick in ticks],
        },
    }
    return shades, bar


def _hover(probe: PromptProbe) -> dict[str, object]:
    """Token and all values on hover; a map of very many cells names only its place, which keeps the page light."""
    if probe.gain.size > MOST_DETAILED:
        return {"hovertemplate": "token %{x}, %{y}<extra></extra>"}
    u = "u = %{customdata[0]:.3g}<br>" if probe.u is not None else ""
    values = "gain %{customdata[1]:.4g}<br>|Δ|/|Wx| %{customdata[2]:.3g}<br>|BAx| %{customdata[3]:.3g}<extra></extra>"
    return {
        "customdata": np.stack([_or_nan(probe.u, probe.gain), probe.gain, probe.ratio, probe.ba_norm], axis=-1),
        "text": np.tile([shown(piece) for piece in probe.pieces], (len(probe.layers), 1)),
        "hovertemplate": "<b>%{text}</b>, %{y}<br>" + u + values,
    }


def _choose_scale(figure: go.Figure, values: list[float], quantity: str) -> None:
    positive = [value for value in values if value > 0]
    wide = bool(positive) and max(positive) / (1.0 if quantity == VARIATION else min(positive)) > LOG_FROM  # next to none needs no scale
    if wide:
        figure.update_yaxes(type="log", dtick="D2")
    elif quantity != GAIN:
        figure.update_yaxes(rangemode="tozero")
    if quantity in (RATIO, VARIATION):
        figure.update_yaxes(tickformat=".2~%")


def _as_line(row: _Row) -> dict[str, object]:
    v = row.values
    ends = {"minimum": v.minimum, "low": v.low, "median": v.median, "high": v.high, "maximum": v.maximum, "tokens": v.n}
    return {"adapter": row.adapter, "block": row.block, "module": row.module, **ends, "gain_variation": row.variation}


def _number(value: float, quantity: str) -> str:
    return share(value, 2) if quantity in (RATIO, VARIATION) else f"{value:.3g}"


def _or_nan(values: np.ndarray | None, like: np.ndarray) -> np.ndarray:
    return np.full(like.shape, np.nan) if values is None else values


def _title(adapter: str) -> str:
    return title_of(adapter)


def _of(row: _Row, names: list[str]) -> str:
    return "" if len(names) == 1 else f"{_title(row.adapter)}'s "
