"""A fine-tune as it goes: the members' losses, by step or by their own seconds, how large their updates are, and HypLoRA's gain.

In: a run's `RunMetrics`. Out: charts. LoRA is a solid line, Scaled LoRA dotted, HypLoRA dashed, and each is labelled at its end.
The smoothed loss is an exponential moving average without start-up bias; raw values are drawn faintly behind it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hypviz.methods import colour_of, dash_of, title_of
from hypviz.methods.comparison import SUBJECT
from hypviz.plots.chart import Chart
from hypviz.plots.style import GREY, finish
from hypviz.records.runs import MemberCurve, RunMetrics
from hypviz.words.losses import loss_finding
from hypviz.words.numbers import percent, share

if TYPE_CHECKING:
    import plotly.graph_objects as go

BY_STEP, BY_SECONDS = "step", "own seconds"
NEAR_ONE = 0.05
LOG_FROM = 20.0
_GAIN_AXIS = "gain g (98 % of tokens"
LABEL_HEIGHT = 19  # pixels from one label to the next where two lines end at one height
_FILL, _FILL_WITHIN = "rgba(213, 94, 0, 0.16)", "rgba(213, 94, 0, 0.42)"


def smoothed(values: np.ndarray, span: int) -> np.ndarray:
    """Exponential moving average (n,) with weight 2/(span+1) on the newest value, divided by the sum of the weights so far."""
    keep = 1.0 - 2.0 / (span + 1.0)
    out, total, weight = np.empty(len(values)), 0.0, 0.0
    for i, value in enumerate(values):
        total, weight = keep * total + value, keep * weight + 1.0
        out[i] = total / weight
    return out


def loss_chart(metrics: RunMetrics, *, steps: int, against: str = BY_STEP) -> Chart:
    """All losses on one chart, against the step (of `steps` in all) or the seconds that each member itself has used."""
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    rows: list[dict[str, float | str]] = []
    ends: list[tuple[float, float, str]] = []
    longest = max((len(curve.losses) for curve in metrics.curves), default=0)
    span = max(5, longest // 10)
    for curve in (c for c in metrics.curves if len(c.losses)):
        x = curve.steps if against == BY_STEP else np.cumsum(curve.seconds)
        line = smoothed(curve.losses, span)
        _draw_loss(figure, curve, x, line)
        ends.append((float(x[-1]), float(line[-1]), curve.method))
        rows += [
            {"method": curve.method, "step": int(s), "own_seconds": float(t), "loss": float(v), "smoothed": float(w), "lr": float(r)}
            for s, t, v, w, r in zip(curve.steps, np.cumsum(curve.seconds), curve.losses, line, curve.lrs, strict=True)
        ]
    _label_ends(figure, ends, values=None)
    title = loss_finding(metrics)
    unit = "step" if against == BY_STEP else "seconds the member itself has used"
    finish(figure, title=title, x=unit, y="loss on the answers (nats per token)", height=420)
    figure.update_layout(showlegend=False, margin_r=130)
    if against == BY_STEP:
        figure.update_xaxes(range=[1, max(steps, 2)])
    spoken = "; ".join(f"{title_of(m)} ends at {y:.3f} (smoothed)" for _, y, m in ends)
    alt = f"Training loss against {unit}, raw values faint, smoothed over about {span} steps. {title}. {spoken}."
    return Chart(
        figure=figure, title=title, alt=alt, data=pd.DataFrame(rows, columns=list(rows[0]) if rows else ["method", "step", "loss"])
    )


def update_chart(metrics: RunMetrics, *, steps: int) -> Chart:
    """|Delta|/|Wx|, the median over tokens and layers, at every probe."""
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    rows: list[dict[str, float | str]] = []
    ends: list[tuple[float, float, str]] = []
    for curve in (c for c in metrics.curves if len(c.probe_steps)):
        name, colour = title_of(curve.method), colour_of(curve.method)
        figure.add_scatter(
            x=curve.probe_steps,
            y=curve.delta_ratio,
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 3, "dash": dash_of(curve.method)},
            hovertemplate=f"{name}, step %{{x}}: %{{y:.2%}}<extra></extra>",
        )
        ends.append((float(curve.probe_steps[-1]), float(curve.delta_ratio[-1]), curve.method))
        rows += [
            {"method": curve.method, "step": int(s), "delta_ratio": float(v)}
            for s, v in zip(curve.probe_steps, curve.delta_ratio, strict=True)
        ]
    _label_ends(figure, ends, values=_share)
    title = update_finding(metrics)
    finish(figure, title=title, x="step", y="|Δ| / |Wx|, median over tokens", height=340)
    figure.update_layout(showlegend=False, margin_r=165)
    figure.update_xaxes(range=[0, steps])
    figure.update_yaxes(tickformat=".2~%", rangemode="tozero")
    alt = f"Size of the update relative to the frozen layer's output at every probe. {title}."
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame(rows, columns=["method", "step", "delta_ratio"]))


def update_finding(metrics: RunMetrics) -> str:
    """How large the updates are now, in one short line."""
    last = {c.method: float(c.delta_ratio[-1]) for c in metrics.curves if len(c.probe_steps)}
    if not last:
        return "The updates have not been measured yet"
    return "Update size: " + ", ".join(f"{title_of(m)} {_share(value)}" for m, value in last.items()) + " of Wx"


def _share(value: float) -> str:
    """A share in percent, with a digit that tells it from 0 where it is at least a thousandth of a percent."""
    if value >= 1e-3 or value == 0.0:
        return share(value, 1)
    return percent(value)


def gain_chart(metrics: RunMetrics, *, steps: int) -> Chart | None:
    """HypLoRA's gain: median and 98 % band over all layers mixed, and how far it varies within one; None without a probe.

    The inner band is the median times 1 plus or minus the variation within the median layer: the part that LoRA cannot imitate.
    """
    import pandas as pd
    import plotly.graph_objects as go

    curve = metrics.curve(SUBJECT)
    if curve is None or not len(curve.probe_steps):
        return None
    figure = go.Figure()
    within = _draw_gain(figure, curve)
    figure.add_hline(
        y=1.0, line={"color": GREY, "dash": "dot", "width": 2}, annotation_text="1: acts as LoRA", annotation_position="bottom right"
    )
    title = gain_finding(curve)
    finish(figure, title=title, x="step", y=_GAIN_AXIS + ("; dark: within a layer)" if within else ")"), height=340)
    figure.update_layout(showlegend=False)
    figure.update_xaxes(range=[0, steps])
    if curve.gain_high.max() > LOG_FROM:
        figure.update_yaxes(type="log")
    names = ("gain_low", "gain_median", "gain_high", "gain_variation")
    data = pd.DataFrame({"step": curve.probe_steps, **{name: getattr(curve, name) for name in names}})
    alt = (
        "HypLoRA's update is LoRA's form times a gain per token: its median, the band holding 98 % of the tokens of all layers, and a "
        f"darker band as wide as the gain's variation within the median layer. {title}."
    )
    return Chart(figure=figure, title=title, alt=alt, data=data)


def _draw_gain(figure: go.Figure, curve: MemberCurve) -> bool:
    """The bands and the median; whether the variation within a layer is known anywhere, so that there is an inner band."""
    x = curve.probe_steps
    hidden: dict[str, object] = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_scatter(x=x, y=curve.gain_low, **hidden)
    figure.add_scatter(x=x, y=curve.gain_high, fill="tonexty", fillcolor=_FILL, **hidden)
    within = np.nan_to_num(curve.gain_variation)  # no inner band where it was not measured
    floor = curve.gain_low.min() if curve.gain_high.max() > LOG_FROM else 0.0
    figure.add_scatter(x=x, y=np.maximum(curve.gain_median * (1.0 - within), floor), **hidden)
    figure.add_scatter(x=x, y=curve.gain_median * (1.0 + within), fill="tonexty", fillcolor=_FILL_WITHIN, **hidden)
    bounds = np.stack([curve.gain_low, curve.gain_high, curve.gain_variation], axis=1)
    figure.add_scatter(
        x=x,
        y=curve.gain_median,
        customdata=bounds,
        mode="lines+markers",
        line={"color": colour_of(SUBJECT), "width": 3, "dash": dash_of(SUBJECT)},
        hovertemplate="step %{x}: median %{y:.3f}, 98 % of tokens %{customdata[0]:.3f} to %{customdata[1]:.3f}, "
        "within a layer give or take %{customdata[2]:.2~%}<extra></extra>",
    )
    return bool(within.any())


def gain_finding(curve: MemberCurve) -> str:
    """Whether the gain does anything at the last probe."""
    low, high = float(curve.gain_low[-1]), float(curve.gain_high[-1])
    if acts_as_lora(curve):
        return f"HypLoRA acts as LoRA here: its gain is {low:.2f} to {high:.2f} on 98\u00a0% of tokens"
    within = float(curve.gain_variation[-1])
    words = "" if math.isnan(within) else f"; within a layer it is one number give or take {percent(within)}"
    return f"HypLoRA's gain is {low:.2f} to {high:.2f} on 98\u00a0% of tokens of all layers{words}"


def acts_as_lora(curve: MemberCurve) -> bool:
    """Whether the gain is within 5 % of 1 on 98 % of tokens at the last probe."""
    return bool(len(curve.probe_steps) and curve.gain_low[-1] >= 1.0 - NEAR_ONE and curve.gain_high[-1] <= 1.0 + NEAR_ONE)


def _draw_loss(figure: go.Figure, curve: MemberCurve, x: np.ndarray, line: np.ndarray) -> None:
    name, colour = title_of(curve.method), colour_of(curve.method)
    figure.add_scatter(
        x=x,
        y=curve.losses,
        mode="lines",
        opacity=0.45,
        line={"color": colour, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=x,
        y=line,
        customdata=np.stack([curve.steps, curve.losses], axis=1),
        mode="lines" if len(x) > 1 else "markers",  # one step is no line yet
        name=name,
        line={"color": colour, "width": 3.5, "dash": dash_of(curve.method)},
        hovertemplate=f"{name}, step %{{customdata[0]}}: %{{customdata[1]:.3f}}, smoothed %{{y:.3f}}<extra></extra>",
    )


def _label_ends(figure: go.Figure, ends: list[tuple[float, float, str]], *, values: Callable[[float], str] | None) -> None:
    """Name and, as `values` writes it, last value beside the end of each line, in the order of the ends, never one over the other."""
    for place, (x, y, method) in enumerate(sorted(ends, key=lambda end: -end[1])):
        text = title_of(method) if values is None else f"{title_of(method)} {values(y)}"
        figure.add_annotation(
            x=x,
            y=y,
            text=text,
            showarrow=False,
            xanchor="left",
            xshift=8,
            yshift=LABEL_HEIGHT * ((len(ends) - 1) / 2 - place),
            font={"color": colour_of(method), "size": 15},
        )
