"""Right and wrong over a problem set: accuracies with intervals, and paired outcomes, from an `Evaluation` record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, GREEN, GREY, METHOD_COLOURS, ORANGE, VERMILION, finish
from hypviz.records.answers import ALIKE, BETTER, TOO_SMALL, ColumnScore, Evaluation, PairCounts

if TYPE_CHECKING:
    import plotly.graph_objects as go

OUTCOMES = ("both right", "only {a}", "only {b}", "both wrong", "no number in either")
_FILLS = (GREEN, BLUE, VERMILION, GREY, ORANGE)  # in the order of `OUTCOMES`


def accuracy_chart(record: Evaluation, titles: dict[str, str]) -> Chart:
    """Share of right answers with its Wilson interval for every column, and the best constant answer as a line."""
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    for score in reversed(record.columns):
        figure.add_trace(_dot(score, titles[score.name]))
    share = record.majority.accuracy
    figure.add_vline(x=share, line={"dash": "dot", "width": 2, "color": GREY})
    words = f"always answering {record.majority.answer:g}: {share:.1%}"
    figure.add_annotation(x=share, y=1.0, yref="paper", yanchor="bottom", xanchor="left", showarrow=False, text=words, font={"size": 13})
    title = accuracy_title(record, titles)
    finish(figure, title=title, x="share of right answers, with 95% Wilson interval", y="", height=140 + 50 * len(record.columns))
    end = min(1.0, max([share, *(score.accuracy.high for score in record.columns)]) * 1.12 + 0.02)
    figure.update_xaxes(range=[0, end], tickformat=".0%", rangemode="tozero")
    figure.update_layout(showlegend=False, margin_b=50)
    rows = [
        {
            "column": titles[s.name],
            "n": s.n,
            "correct": s.correct,
            "accuracy": s.accuracy.value,
            "low": s.accuracy.low,
            "high": s.accuracy.high,
            "no_answer": s.no_answer,
            "cut_at_token_limit": s.n_cut,
        }
        for s in record.columns
    ]
    spoken = "; ".join(f"{r['column']} {r['accuracy']:.1%} ({r['low']:.1%} to {r['high']:.1%})" for r in rows)
    alt = f"Accuracy on {record.n} problems of {record.problems}: {spoken}; {words}."
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame(rows))


def outcome_chart(pair: PairCounts, titles: dict[str, str]) -> Chart:
    """How many problems both got right, only one did, and neither did."""
    import pandas as pd
    import plotly.graph_objects as go

    counts = outcome_counts(pair, titles)
    n = sum(counts.values())
    figure = go.Figure()
    for (label, count), colour in zip(counts.items(), _FILLS, strict=True):
        figure.add_bar(
            y=[label],
            x=[count],
            orientation="h",
            marker={"color": colour},
            text=[f"{count:,} ({count / n:.0%})"],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"{label}: {count:,} of {n:,}<extra></extra>",
        )
    title = outcome_title(pair, titles)
    finish(figure, title=title, x="problems", y="", height=300)
    figure.update_layout(showlegend=False, bargap=0.3, margin_b=50)
    figure.update_xaxes(range=[0, max(counts.values()) * 1.25], rangemode="tozero")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    alt = f"{title}. {', '.join(f'{label}: {count}' for label, count in counts.items())}. {pair.sentence}"
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame({"outcome": list(counts), "problems": list(counts.values())}))


def outcome_counts(pair: PairCounts, titles: dict[str, str]) -> dict[str, int]:
    """The five outcomes by their label; they add up to n."""
    numbers = (pair.both_right, pair.only_a, pair.only_b, pair.both_wrong - pair.neither_answered, pair.neither_answered)
    labels = (label.format(a=titles[pair.a], b=titles[pair.b]) for label in OUTCOMES)
    return dict(zip(labels, numbers, strict=True))


def accuracy_title(record: Evaluation, titles: dict[str, str]) -> str:
    """The finding: who is right how often."""
    shares = ", ".join(f"{titles[score.name]} {score.accuracy.value:.0%}" for score in record.columns)
    return f"Right answers on {record.n:,} problems: {shares}"


def outcome_title(pair: PairCounts, titles: dict[str, str]) -> str:
    """The finding: what the disagreements allow one to say."""
    a, b = titles[pair.a], titles[pair.b]
    if pair.verdict == TOO_SMALL:
        return f"{a} and {b}: n is too small to tell"
    if pair.verdict == ALIKE:
        return f"{a} and {b} are alike on such problems"
    better, worse = (b, a) if pair.verdict == BETTER else (a, b)
    return f"{better} is right more often than {worse}"


def _dot(score: ColumnScore, title: str) -> go.Scatter:
    import plotly.graph_objects as go

    accuracy = score.accuracy
    return go.Scatter(
        x=[accuracy.value],
        y=[title],
        mode="markers",
        cliponaxis=False,
        marker={"size": 15, "color": METHOD_COLOURS.get(score.weights.method, GREY)},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [accuracy.high - accuracy.value],
            "arrayminus": [accuracy.value - accuracy.low],
            "thickness": 3,
            "width": 9,
        },
        hovertemplate=f"{title}: {score.correct:,} of {score.n:,} right, {accuracy.low:.1%} to {accuracy.high:.1%}<extra></extra>",
    )
