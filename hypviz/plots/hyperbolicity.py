"""delta_rel of prompts beside chance, a tree and the paper: figures from a `Hyperbolicity` record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hypviz.hyperbolicity.nulls import null_label
from hypviz.hyperbolicity.paper import PAPER_DELTA_REL, PAPER_REFERENCES
from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION, finish
from hypviz.records.hyperbolicity import Hyperbolicity, PromptDeltas, VocabularyDelta
from hypviz.words.hyperbolicity import comparison_sentence, course_finding, delta_finding, vocabulary_finding

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

AXIS = "relative delta, 2δ / diameter (no unit: 0 a tree, 1 the most possible)"
N_BINS = 40


def delta_chart(record: Hyperbolicity, *, whole_scale: bool = False) -> Chart:
    """Prompts and their Gaussian null as histograms, above means and the paper's values, all on one axis of delta_rel."""
    import pandas as pd
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.45, 0.55], vertical_spacing=0.04)
    end = 1.0 if whole_scale else _end(record)
    _histograms(figure, record, np.linspace(0, end, (2 if whole_scale else 1) * N_BINS + 1))
    _paper(figure, whole_scale)
    n_rows = _means(figure, record, end)
    finish(figure, title=delta_finding(record), x="", y="", height=500 + 22 * (n_rows + len(PAPER_DELTA_REL) + whole_scale))
    figure.update_layout(barmode="overlay", bargap=0.02, legend={"yanchor": "top", "y": -0.13})
    figure.update_xaxes(range=[-0.012 * end, 1.01 * end])
    figure.update_xaxes(title=AXIS, row=2, col=1)
    figure.update_yaxes(title="share of prompts", tickformat=".0%", row=1, col=1)
    figure.update_yaxes(automargin=True, showgrid=False, row=2, col=1)
    alt = (
        f"Distribution of relative delta over {record.n_prompts} prompts, of the same prompts with Gaussian tokens, and of trees (0), "
        f"above the paper's values (0.06 to 0.12). {delta_finding(record)}. {comparison_sentence(record)}"
    )
    deltas = record.deltas
    data = pd.DataFrame(
        {
            "prompt": deltas.prompt + 1,
            "n_tokens": deltas.n_tokens,
            "n_points": deltas.n_points,
            "delta": deltas.delta,
            "diameter": deltas.diameter,
            "delta_rel": deltas.delta_rel,
            "null_mean": _at(deltas, np.mean),
            "null_std": _at(deltas, np.std),
            "tree_delta_rel": deltas.tree_delta_rel,
        }
    )
    return Chart(figure=figure, title=delta_finding(record), alt=alt, data=data)


def points_chart(record: Hyperbolicity) -> Chart:
    """delta_rel of each prompt against its number of distinct points, over the range that chance gives at that number."""
    import pandas as pd
    import plotly.graph_objects as go

    n, figure = record.deltas.n_points, go.Figure()
    title = _range(figure, record)
    figure.add_scatter(
        x=n + np.linspace(-0.3, 0.3, n.size)[np.random.default_rng(0).permutation(n.size)],  # prompts of equal n side by side
        y=record.deltas.delta_rel,
        mode="markers",
        name="a prompt",
        marker={"color": BLUE, "size": 8, "opacity": 0.7, "line": {"color": SKY, "width": 1}},
        customdata=np.stack([record.deltas.prompt + 1, n], axis=1),
        hovertemplate="prompt %{customdata[0]}: %{customdata[1]} points, δ_rel %{y:.3f}<extra></extra>",
    )
    finish(figure, title=title, x="distinct points of the prompt, n", y="relative delta", height=420)
    figure.update_yaxes(rangemode="tozero")
    alt = f"Relative delta against the number of distinct points, with the Gaussian median and 95 % range at each number. {title}."
    data = pd.DataFrame({"prompt": record.deltas.prompt + 1, "n_points": n, "delta_rel": record.deltas.delta_rel})
    return Chart(figure=figure, title=title, alt=alt, data=data)


def _range(figure: go.Figure, record: Hyperbolicity) -> str:
    """Draw what chance gives at each number of points, and say how many prompts lie outside of it; nothing while it is not measured."""
    n, compared, null = record.deltas.n_points, record.deltas.compared, record.deltas.null_delta_rel
    if not null.size:
        return f"{record.n_prompts:,} prompts, not compared with Gaussian sets yet"
    sizes = np.unique(n[compared])
    low, middle, high = (np.array([np.quantile(null[:, n[compared] == size], q) for size in sizes]) for q in (0.025, 0.5, 0.975))
    band = {"mode": "lines", "hoverinfo": "skip", "line": {"width": 0}}
    figure.add_scatter(x=sizes, y=high, showlegend=False, **band)
    figure.add_scatter(x=sizes, y=low, fill="tonexty", fillcolor="rgba(230,159,0,0.22)", name="95 % of Gaussian sets", **band)
    figure.add_scatter(x=sizes, y=middle, mode="lines", line={"color": ORANGE, "width": 3}, name="Gaussian median", hoverinfo="skip")
    own, value = np.searchsorted(sizes, n[compared]), record.deltas.delta_rel[compared]
    outside = int(((value < low[own]) | (value > high[own])).sum())
    which = f"{value.size:,} prompts"
    if value.size < record.n_prompts:
        which = f"the {value.size:,} prompts drawn for the comparison (all {record.n_prompts:,} are shown)"
    by_chance = f"{value.size * 0.05:,.0f} would by chance"
    return f"{outside:,} of {which} lie outside the range of 95 % of the Gaussian sets of their size ({by_chance})"


def _at(deltas: PromptDeltas, of: Callable[..., np.ndarray]) -> np.ndarray:
    """Mean or deviation of a prompt's Gaussian null (n_prompts,), NaN for those without one."""
    column = np.full(len(deltas.prompt), np.nan)
    if deltas.null_delta_rel.size:
        column[deltas.compared] = of(deltas.null_delta_rel, axis=0)
    return column


def _end(record: Hyperbolicity) -> float:
    """The right end of the zoomed axis: all prompts, all null values and the paper's marks, rounded up to a twentieth."""
    nulls = [record.deltas.null_delta_rel, *(null.delta_rel for null in record.others)]
    largest = max(record.deltas.delta_rel.max(), *(np.quantile(null, 0.999) for null in nulls if null.size), 0.14)
    return float(min(1.0, np.ceil(largest * 20 + 0.2) / 20))


def _histograms(figure: go.Figure, record: Hyperbolicity, edges: np.ndarray) -> None:
    centre, width = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]
    measured = np.histogram(record.deltas.delta_rel, edges)[0] / record.n_prompts
    hover = "%{y:.1%} of %{fullData.name} between %{customdata[0]:.3f} and %{customdata[1]:.3f}<extra></extra>"
    bounds = np.stack([edges[:-1], edges[1:]], axis=1)
    figure.add_bar(
        x=centre,
        y=measured,
        width=width,
        name="measured prompts",
        marker={"color": BLUE, "opacity": 0.8, "line": {"color": SKY, "width": 1}},
        customdata=bounds,
        hovertemplate=hover,
        row=1,
        col=1,
    )
    if record.deltas.null_delta_rel.size:
        null = np.histogram(record.deltas.null_delta_rel, edges)[0] / record.deltas.null_delta_rel.size
        figure.add_scatter(
            x=np.repeat(edges, 2)[1:-1],
            y=np.repeat(null, 2),
            mode="lines",
            name="Gaussian null (same n, same d)",
            line={"color": ORANGE, "width": 3},
            hoverinfo="skip",
            row=1,
            col=1,
        )
    figure.add_vline(x=0, line={"color": GREEN, "width": 4}, annotation_text="&nbsp;tree", annotation_position="top right", row=1, col=1)


def _means(figure: go.Figure, record: Hyperbolicity, end: float) -> int:
    """The model, its nulls and the controls that the axis holds, one row each; returns how many."""
    controls = (("tree", record.deltas.tree_delta_rel), *((c.name, c.delta_rel) for c in record.controls))
    rows = (
        ("this model", record.delta_rel_mean, record.delta_rel_std, BLUE),
        *([("Gaussian null", record.null_mean, record.null_std, ORANGE)] if record.null_mean is not None else []),
        *((null_label(null.name), null.mean, null.std, ORANGE) for null in record.others),
        *((f"{name}, same n", float(v.mean()), float(v.std()), GREEN) for name, v in controls if float(v.mean()) <= end),
    )
    for name, mean, std, colour in reversed(rows):
        figure.add_scatter(
            x=[mean],
            y=[name],
            mode="markers",
            showlegend=False,
            marker={"color": colour, "size": 13},
            error_x={"type": "data", "array": [std], "thickness": 3},
            hovertemplate=f"{name}: {mean:.3f} ± {std:.3f} over prompts<extra></extra>",
            row=2,
            col=1,
        )
    return len(rows)


def _paper(figure: go.Figure, whole_scale: bool) -> None:
    for model, sets in PAPER_DELTA_REL.items():
        figure.add_scatter(
            x=[mean for mean, _ in sets.values()],
            y=[f"paper: {model}"] * len(sets),
            mode="markers",
            showlegend=False,
            marker={"color": GREY, "size": 11, "symbol": "diamond-open", "line": {"width": 2}},
            error_x={"type": "data", "array": [std for _, std in sets.values()], "thickness": 1, "color": GREY},
            text=[f"{name} {mean:.2f} ± {std:.2f}" for name, (mean, std) in sets.items()],
            hovertemplate=f"paper, {model}: %{{text}}<extra></extra>",
            row=2,
            col=1,
        )
    if whole_scale:
        figure.add_scatter(
            x=list(PAPER_REFERENCES.values()),
            y=["paper: references"] * len(PAPER_REFERENCES),
            mode="markers+text",
            showlegend=False,
            marker={"color": VERMILION, "size": 11, "symbol": "diamond-open", "line": {"width": 2}},
            text=[f"  {name}  " for name in PAPER_REFERENCES],
            textposition=["middle right", "middle right", "middle right", "middle left"],
            hovertemplate="paper: %{text}, %{x:.2f}<extra></extra>",
            row=2,
            col=1,
        )


def vocabulary_chart(record: VocabularyDelta) -> Chart:
    """The certified delta_rel of the sample beside every repeat of its nulls, and delta at each base point."""
    import pandas as pd
    import plotly.graph_objects as go

    figure, rows = go.Figure(), []
    strips = [(null_label(null.name), null.delta_rel[:, 0]) for null in record.nulls]
    if record.begun.size:
        strips.append((f"{null_label(record.asked[len(record.nulls)])} (begun)", record.begun[:, 0]))
    for name, values in reversed(strips):
        rows += [(name, float(v)) for v in values]
        _strip(figure, values, name, ORANGE, "circle-open")
    bases = 2.0 * record.base_deltas / record.diameter
    rows += [("at one base point", float(v)) for v in bases]
    _strip(figure, bases, "at one base point", SKY, "line-ns-open")
    ends = {"this model, all base points": record.delta_rel}
    if not record.exact:
        ends = {"lower end": record.delta_rel, "upper end": 2.0 * record.upper / record.diameter}
    for name, value in ends.items():
        _strip(figure, np.array([value]), name, BLUE, "diamond" if record.exact else "diamond-open")
        rows.append((name, value))
    title = vocabulary_finding(record)
    finish(figure, title=title, x=AXIS, y="", height=140 + 50 * (len(record.asked) + 2))
    figure.update_layout(showlegend=False)
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(automargin=True, showgrid=False)
    alt = f"Strips of relative delta: the sample, the sample at each base point, and every repeat of its nulls. {title}."
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame(rows, columns=["what", "delta_rel"]))


def course_chart(record: VocabularyDelta) -> Chart:
    """The two ends of the interval that contains delta_rel, as the search moved them; between them is what is not known yet."""
    import pandas as pd
    import plotly.graph_objects as go

    seconds = record.course_seconds
    low, high = (2.0 * ends / record.diameter for ends in (record.course_lower, record.course_upper))
    figure = go.Figure()
    step = {"shape": "hv", "width": 3}
    hover = "after %{x:.2f} s: %{y:.4f}<extra>%{fullData.name}</extra>"
    figure.add_scatter(x=seconds, y=high, mode="lines", name="not exceeded", line={"color": VERMILION, **step}, hovertemplate=hover)
    figure.add_scatter(
        x=seconds,
        y=low,
        mode="lines",
        name="attained by four tokens",
        line={"color": BLUE, **step},
        fill="tonexty",
        fillcolor="rgba(138,143,152,0.25)",
        hovertemplate=hover,
    )
    title = course_finding(record)
    finish(figure, title=title, x="seconds of the search", y="relative delta", height=340)
    figure.update_layout(legend={"y": -0.35, "yanchor": "top"})
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(rangemode="tozero")
    alt = f"Lower and upper end of the interval that contains the relative delta of {record.n_points:,} tokens, by time. {title}."
    data = pd.DataFrame({"seconds": seconds, "delta_rel_lower": low, "delta_rel_upper": high})
    return Chart(figure=figure, title=title, alt=alt, data=data)


def _strip(figure: go.Figure, values: np.ndarray, name: str, colour: str, symbol: str) -> None:
    figure.add_scatter(
        x=values,
        y=[name] * values.size,
        mode="markers",
        name=name,
        marker={"color": colour, "size": 16 if values.size == 1 else 11, "symbol": symbol, "opacity": 0.8, "line": {"width": 2}},
        hovertemplate=f"{name}: %{{x:.4f}}<extra></extra>",
    )
