"""Frequency against norm, and the frequency distribution with its fits: figures from a `FrequencyNorm` record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, GREEN, GREY, ORANGE, PINK, SKY, VERMILION, finish
from hypviz.plots.token_text import shown
from hypviz.records.frequency import FrequencyNorm
from hypviz.words.frequency import distribution_finding, lognormal_words, norm_finding, ranges_sentence
from hypviz.words.numbers import part, signed

if TYPE_CHECKING:
    import plotly.graph_objects as go

GROUP_COLOURS = (BLUE, ORANGE, GREEN, PINK)
GROUP_SYMBOLS = ("circle", "square", "diamond", "triangle-up")
LEGEND = {"yanchor": "top", "y": -0.22}  # below the axis title, however many rows it takes
LABELS_FROM = 0.9  # of the height; above it stand the numbers of each range
MANY = 3000  # points above this are drawn by WebGL


def norm_chart(record: FrequencyNorm, *, log_norm: bool = False) -> Chart:
    """One point per counted token, the median per doubling of the frequency, the correlation by range, and the paper's groups on top.

    On a logarithmic norm axis rows of norm 0 cannot be drawn; the description counts them.
    """
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    # all by one renderer, because WebGL's points would cover lines that are not its own
    kind = go.Scattergl if record.count.size > MANY else go.Scatter
    _tokens(figure, record, kind)
    _quartiles(figure, record, kind)
    _groups(figure, record, kind)
    _ranges(figure, record)
    finish(figure, title=norm_finding(record), x="occurrences in the corpus", y=f"L2 norm of the row of {record.tensor_name}", height=560)
    figure.update_layout(legend=LEGEND)
    figure.update_xaxes(type="log", dtick=1, exponentformat="power")
    figure.update_yaxes(domain=[0, LABELS_FROM])
    hidden = int((record.norm <= 0).sum()) if log_norm else 0
    if log_norm:
        figure.update_yaxes(type="log")
    unseen = f" {hidden} tokens of norm 0 lie off the logarithmic axis." if hidden else ""
    alt = (
        f"Scatter of {record.n_distinct} tokens: occurrences in {record.corpus} on a logarithmic axis against the norm of the "
        f"embedding row. {norm_finding(record)}. {_medians(record)}{ranges_sentence(record)}{unseen}"
    )
    data = pd.DataFrame({"token_id": record.token_id, "text": list(record.text), "count": record.count, "norm": record.norm})
    return Chart(figure=figure, title=norm_finding(record), alt=alt, data=data)


def _medians(record: FrequencyNorm) -> str:
    """The running median at its ends and where it is smallest and largest, so that a turn is heard as it is seen."""
    bins = record.bins
    if not bins.n.size:
        return ""
    named = {0: "rarest", bins.n.size - 1: "most frequent", int(bins.median.argmin()): "smallest", int(bins.median.argmax()): "largest"}
    said = [f"{bins.median[i]:.3g} at {bins.low[i]:,} to {bins.high[i] - 1:,} occurrences ({name})" for i, name in sorted(named.items())]
    return f"The median norm is {', '.join(said)}. "


def distribution_chart(record: FrequencyNorm) -> Chart:
    """Share of tokens at least as frequent (survival function), with the power law and the lognormal on the same tail."""
    import pandas as pd
    import plotly.graph_objects as go

    curve, figure = record.curve, go.Figure()
    start = curve.value.size - curve.power_law.size
    figure.add_scatter(
        x=curve.value,
        y=curve.survival,
        mode="markers",
        name="measured",
        marker={"color": SKY, "size": 6},
        hovertemplate="%{x:,} or more: %{y:.2%} of the tokens<extra></extra>",
    )
    if record.fit is not None:
        _tails(figure, record, start)
    finish(figure, title=distribution_finding(record), x="occurrences in the corpus, f", y="share of tokens with at least f", height=460)
    figure.update_layout(legend=LEGEND)
    figure.update_xaxes(type="log", dtick=1, exponentformat="power")
    figure.update_yaxes(type="log", dtick=1, exponentformat="power")
    tail = f" The fit uses the {record.fit.n_tail} of {record.fit.n} tokens above xmin; {lognormal_words(record)}." if record.fit else ""
    alt = f"Survival function of token counts on two logarithmic axes. {distribution_finding(record)}.{tail}"
    data = pd.DataFrame({"count": curve.value, "share_at_least": curve.survival})
    for name, values in (("power_law", curve.power_law), ("lognormal", curve.lognormal)):
        data[name] = np.concatenate([np.full(curve.value.size - values.size, np.nan), values])
    return Chart(figure=figure, title=distribution_finding(record), alt=alt, data=data)


def _tails(figure: go.Figure, record: FrequencyNorm, start: int) -> None:
    fit, curve = record.fit, record.curve
    assert fit is not None
    x = curve.value[start:]
    name = f"power law, γ = {fit.gamma:.2f} ± {fit.sigma:.2f}, KS {fit.ks:.3f}"
    figure.add_scatter(x=x, y=curve.power_law, mode="lines", name=name, line={"color": VERMILION, "width": 3}, hoverinfo="skip")
    if curve.lognormal.size:
        style = {"color": BLUE, "width": 3, "dash": "dash"}
        figure.add_scatter(x=x, y=curve.lognormal, mode="lines", name="lognormal on the same tail", line=style, hoverinfo="skip")
    bottom = float(curve.survival[-1])
    figure.add_scatter(
        x=[fit.xmin, fit.xmin],
        y=[bottom, 1.0],
        mode="lines+text",
        name=f"xmin = {fit.xmin:,}",
        text=[f" xmin = {fit.xmin:,}", ""],
        textposition="top right",
        line={"color": GREY, "width": 2, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )


def _tokens(figure: go.Figure, record: FrequencyNorm, kind: type) -> None:
    many = record.count.size > MANY
    figure.add_trace(
        kind(
            x=record.count,
            y=record.norm,
            mode="markers",
            name="a token",
            marker={"color": GREY, "size": 4 if many else 5, "opacity": 0.25 if many else 0.45},
            text=[shown(t) for t in record.text],
            hovertemplate="<b>%{text}</b><br>%{x:,} times, norm %{y:.4g}<extra></extra>",
        )
    )


def _quartiles(figure: go.Figure, record: FrequencyNorm, kind: type) -> None:
    bins = record.bins
    centre = np.sqrt(bins.low * (bins.high - 1.0))
    band = {
        "x": np.concatenate([centre, centre[::-1]]),
        "y": np.concatenate([bins.upper_quartile, bins.lower_quartile[::-1]]),
        "fill": "toself",
        "fillcolor": "rgba(213,94,0,0.18)",
        "line": {"width": 0},
        "mode": "lines",
        "name": "middle half of the tokens",
        "hoverinfo": "skip",
    }
    figure.add_trace(kind(**band))
    figure.add_trace(
        kind(
            x=centre,
            y=bins.median,
            mode="lines+markers",
            name="median per doubling of the frequency",
            line={"color": VERMILION, "width": 3},
            customdata=np.stack([bins.low, bins.high - 1, bins.n], axis=1),
            hovertemplate="%{customdata[2]:,} tokens seen %{customdata[0]:,} to %{customdata[1]:,} times: median norm %{y:.4g}"
            "<extra></extra>",
        )
    )


def _ranges(figure: go.Figure, record: FrequencyNorm) -> None:
    """The coefficient and the share of the text above each range, lines between the ranges, and a broader one at the turn."""
    most = float(record.count.max(initial=1))
    for r in record.ranges:
        end = float(r.high + 1) if r.high is not None else max(most, 1.2 * r.low)
        if r.low > 1:
            figure.add_vline(x=r.low, line={"color": GREY, "width": 1, "dash": "dot"})
        value = "ρ not known" if r.correlation is None else f"ρ = {signed(r.correlation.value, 2)}"
        figure.add_annotation(
            x=(np.log10(r.low) + np.log10(end)) / 2,
            y=LABELS_FROM,
            yref="paper",
            yanchor="bottom",
            text=f"{value}<br>{part(r.share)} of the text",
            showarrow=False,
            font={"size": 13},
        )
    if record.turn is not None:
        figure.add_vline(x=record.turn.at, line={"color": VERMILION, "width": 2, "dash": "dash"})
        turn = {"text": f" turns near {record.turn.at:,}", "font": {"size": 13}}
        figure.add_annotation(x=np.log10(record.turn.at), y=0, yref="paper", xanchor="left", yanchor="bottom", showarrow=False, **turn)


def _groups(figure: go.Figure, record: FrequencyNorm, kind: type) -> None:
    for group, (colour, symbol) in enumerate(zip(GROUP_COLOURS, GROUP_SYMBOLS, strict=True), start=1):
        forms = [f for f in record.forms if f.group == group and f.count]
        if not forms:
            continue
        figure.add_trace(
            kind(
                x=[f.count for f in forms],
                y=[f.norm for f in forms],
                mode="markers+text",
                textposition="top center",
                textfont={"size": 12},
                customdata=[shown((" " if f.leading_space else "") + f.word) for f in forms],
                name=f"paper's group {group}: {forms[0].word}, …",
                marker={"color": colour, "symbol": symbol, "size": 12, "line": {"width": 1.5, "color": "rgba(128,128,128,0.9)"}},
                text=[shown(f.word) for f in forms],
                hovertemplate=f"<b>%{{customdata}}</b> (group {group})<br>%{{x:,}} times, norm %{{y:.4g}}<extra></extra>",
            )
        )
