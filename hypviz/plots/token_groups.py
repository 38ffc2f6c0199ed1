"""The paper's four token groups here and in its Table 1: norms relative to group 1, and the table itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypviz.frequency.paper import PAPER_GROUPS, TOKEN_GROUPS
from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, GREY, VERMILION, finish
from hypviz.records.frequency import FrequencyNorm
from hypviz.words.frequency import groups_finding, summary

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

FORMS = {True: ("this model, after a space", VERMILION), False: ("this model, bare", BLUE)}
DASHES = ("dot", "dash", "dashdot", "longdash")
Spread = tuple[float, float, float]


def groups_chart(record: FrequencyNorm) -> Chart:
    """Mean norm of each group over that of group 1, so that models of different scale share one axis."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for (model, groups), dash in zip(PAPER_GROUPS.items(), DASHES, strict=True):
        _line(figure, [g.norm for g in groups], f"paper: {model}", {"color": GREY, "width": 1.5, "dash": dash}, shift=0.0, bars=False)
    for leading_space, (name, colour) in FORMS.items():
        norms = [summary(record, g, leading_space).norm for g in (1, 2, 3, 4)]
        if norms[0] is not None and norms[0][0] > 0:
            _line(figure, norms, name, {"color": colour, "width": 3}, shift=0.03 if leading_space else -0.03, bars=True)
    finish(figure, title=groups_finding(record), x="token group of the paper", y="mean norm / mean norm of group 1", height=460)
    figure.update_xaxes(
        tickvals=[1, 2, 3, 4], ticktext=[f"{i}: {', '.join(words[:3])}, …" for i, words in enumerate(TOKEN_GROUPS, start=1)]
    )
    alt = f"Mean norm of four word groups relative to the first, for this model and the four of the paper. {groups_finding(record)}."
    return Chart(figure=figure, title=groups_finding(record), alt=alt, data=groups_table(record))


def groups_table(record: FrequencyNorm) -> pd.DataFrame:
    """One row per source (this model in both forms, the paper's four), mean norm and mean frequency of each group."""
    import pandas as pd

    here = [
        (name, [summary(record, g, space).norm for g in (1, 2, 3, 4)], [summary(record, g, space).frequency for g in (1, 2, 3, 4)])
        for space, (name, _) in FORMS.items()
    ]
    there = [(f"paper: {model}", [g.norm for g in groups], [g.frequency for g in groups]) for model, groups in PAPER_GROUPS.items()]
    rows = [
        {"": name}
        | {f"norm {i}": n[0] if n else None for i, n in enumerate(norms, start=1)}
        | {f"count {i}": f[0] if f else None for i, f in enumerate(frequencies, start=1)}
        for name, norms, frequencies in [*here, *there]
    ]
    return pd.DataFrame(rows)


def _line(figure: go.Figure, norms: list[Spread | None], name: str, line: dict[str, object], *, shift: float, bars: bool) -> None:
    assert norms[0] is not None
    unit = norms[0][0]
    mean = [n[0] / unit if n else None for n in norms]  # a group without single tokens leaves a gap
    spread = {
        "type": "data",
        "array": [(n[2] - n[0]) / unit if n else None for n in norms],
        "arrayminus": [(n[0] - n[1]) / unit if n else None for n in norms],
    }
    figure.add_scatter(
        x=[i + shift for i in range(1, len(norms) + 1)],
        y=mean,
        mode="lines+markers",
        name=name,
        line=line,
        error_y=spread if bars else None,
        customdata=[[i, *(n or (None, None, None))] for i, n in enumerate(norms, start=1)],
        hovertemplate=name
        + ", group %{customdata[0]}: norm %{customdata[1]:.3g} (%{customdata[2]:.3g} to %{customdata[3]:.3g})<extra></extra>",
    )
