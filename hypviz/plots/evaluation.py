"""Right and wrong over a problem set: accuracies with intervals, and paired outcomes, from an `Evaluation` record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypviz.methods import colour_of, title_of
from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, GREEN, GREY, ORANGE, PINK, VERMILION, YELLOW, finish, text_on
from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, WRONG
from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, TOO_SMALL, ColumnScore, Evaluation, Majority, PairCounts
from hypviz.records.problems import show_answer
from hypviz.records.statistics import Interval
from hypviz.words.numbers import counted, share
from hypviz.words.verdict import pair_sentence

if TYPE_CHECKING:
    import plotly.graph_objects as go

OUTCOMES = ("both right", "only {a}", "only {b}", "both wrong", "no answer in either", "neither right, unfinished")
_FILLS = (GREEN, BLUE, VERMILION, GREY, ORANGE, PINK)  # in the order of `OUTCOMES`
STATE_COLOURS = {RIGHT: GREEN, WRONG: GREY, CUT: PINK, NO_NUMBER: ORANGE, NO_TEXT: YELLOW}


def accuracy_chart(record: Evaluation, titles: dict[str, str]) -> Chart:
    """Share of right answers with its Wilson interval for every column, and the best constant answer, if there is one, as a line."""
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    for score in reversed(record.columns):
        figure.add_trace(_dot(score, titles[score.name]))
    words = None if record.majority is None else _constant_line(figure, record.majority)
    title = accuracy_title(record, titles)
    finish(figure, title=title, x=f"share of right answers, with 95 % {_interval(record)}", y="", height=140 + 50 * len(record.columns))
    ends = [0.0 if record.majority is None else record.majority.accuracy, *(score.accuracy.high for score in record.columns)]
    end = min(1.0, max(ends) * 1.12 + 0.02)
    figure.update_xaxes(range=[0, end], tickformat=".0%", rangemode="tozero")
    figure.update_layout(showlegend=False, margin_b=50)
    rows = [_row(score, titles[score.name]) for score in record.columns]
    spoken = "; ".join(f"{titles[s.name]} {share(s.accuracy.value, 1)} ({_ends(s.accuracy)})" for s in record.columns)
    alt = f"Accuracy on {counted(record.n, 'problem')} of {record.problems}: {spoken}{f'; {words}' if words else ''}."
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame(rows))


def _constant_line(figure: go.Figure, best: Majority) -> str:
    """Draws the best constant answer, and says it."""
    x, words = best.accuracy, f"always answering {show_answer(best.answer)}: {share(best.accuracy, 1)}"
    figure.add_vline(x=x, line={"dash": "dot", "width": 2, "color": GREY})
    figure.add_annotation(x=x, y=1.0, yref="paper", yanchor="bottom", xanchor="left", showarrow=False, text=words, font={"size": 13})
    return words


def _interval(record: Evaluation) -> str:
    return "Wilson interval" if record.n_clusters is None else "interval over groups of problems"


def _row(score: ColumnScore, title: str) -> dict[str, object]:
    """A line of the chart's data."""
    return {
        "column": title,
        "n": score.n,
        "correct": score.correct,
        "accuracy": score.accuracy.value,
        "low": score.accuracy.low,
        "high": score.accuracy.high,
        "wrong": score.wrong,
        "unfinished": score.unfinished,
        "no_answer": score.no_answer,
        "no_text": score.no_text,
        "cut_at_token_limit": score.n_cut,
        **{f"correct_by_{rule}": n for rule, n in score.by_rule.items()},
        "read_differently": score.n_read_differently,
        "judged_differently": score.n_judged_differently,
        "usual_answer": show_answer(score.usual),
        "given_so_often": score.n_usual,
        "better_than_constant": None if score.over_constant is None else score.beats_constant,
    }


def answer_chart(record: Evaluation, titles: dict[str, str]) -> Chart:
    """What became of every answer, column by column: right, wrong, unfinished, no answer found, without text."""
    import pandas as pd
    import plotly.graph_objects as go

    counts = {titles[score.name]: _states(score) for score in record.columns}
    figure = go.Figure()
    for state, colour in STATE_COLOURS.items():
        numbers = [counts[name][state] for name in counts]
        if any(numbers):
            figure.add_bar(
                name=state,
                y=list(counts),
                x=numbers,
                orientation="h",
                marker={"color": colour},
                text=[f"{n:,}" if n else "" for n in numbers],
                textposition="inside",
                insidetextanchor="middle",
                insidetextfont={"color": text_on(colour)},
                hovertemplate=f"%{{y}}: %{{x:,}} of {record.n:,} {state}<extra></extra>",
            )
    unfinished = sum(score.unfinished for score in record.columns)
    title = f"What became of the answers: {unfinished:,} unfinished" if unfinished else "What became of the answers: all finished"
    finish(figure, title=title, x="answers", y="", height=150 + 46 * len(counts))
    figure.update_layout(barmode="stack", bargap=0.3, margin_b=50, legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal"})
    figure.update_xaxes(range=[0, record.n])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    spoken = "; ".join(f"{name}: {', '.join(f'{n} {state}' for state, n in states.items() if n)}" for name, states in counts.items())
    rows = [{"column": name, **states} for name, states in counts.items()]
    return Chart(figure=figure, title=title, alt=f"{title}. {spoken}.", data=pd.DataFrame(rows))


def _states(score: ColumnScore) -> dict[str, int]:
    return {RIGHT: score.correct, WRONG: score.wrong, CUT: score.unfinished, NO_NUMBER: score.no_answer, NO_TEXT: score.no_text}


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
            text=[f"{count:,} ({share(count / n)})"],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"{label}: {count:,} of {n:,}<extra></extra>",
        )
    title = outcome_title(pair, titles)
    finish(figure, title=title, x="problems", y="", height=330)
    figure.update_layout(showlegend=False, bargap=0.3, margin_b=50)
    figure.update_xaxes(range=[0, max(counts.values()) * 1.25], rangemode="tozero")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    alt = f"{title}. {', '.join(f'{label}: {count}' for label, count in counts.items())}. {pair_sentence(pair)}"
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame({"outcome": list(counts), "problems": list(counts.values())}))


def outcome_counts(pair: PairCounts, titles: dict[str, str]) -> dict[str, int]:
    """The six outcomes by their label; they add up to n."""
    wrong = pair.both_wrong - pair.neither_answered - pair.unfinished
    numbers = (pair.both_right, pair.only_a, pair.only_b, wrong, pair.neither_answered, pair.unfinished)
    labels = (label.format(a=titles[pair.a], b=titles[pair.b]) for label in OUTCOMES)
    return dict(zip(labels, numbers, strict=True))


def accuracy_title(record: Evaluation, titles: dict[str, str]) -> str:
    """The finding: who is right how often; of several seeds the mean."""
    if record.over_seeds:
        means: dict[str, float] = {}
        for verdict in record.over_seeds:
            n = verdict.n * len(verdict.rows)
            means.setdefault(verdict.a, sum(row.right_a for row in verdict.rows) / n)
            means.setdefault(verdict.b, sum(row.right_b for row in verdict.rows) / n)
        shares = ", ".join(f"{title_of(method)} {share(mean)}" for method, mean in means.items())
        numbers = sorted({len(verdict.rows) for verdict in record.over_seeds})
        return f"Right answers on {counted(record.n, 'problem')}, mean of {' or '.join(map(str, numbers))} seeds: {shares}"
    shares = ", ".join(f"{titles[score.name]} {share(score.accuracy.value)}" for score in record.columns)
    return f"Right answers on {counted(record.n, 'problem')}: {shares}"


def outcome_title(pair: PairCounts, titles: dict[str, str]) -> str:
    """The finding: what the disagreements allow one to say."""
    a, b = titles[pair.a], titles[pair.b]
    if pair.verdict == CONSTANT:
        return f"{a} and {b} give one answer to nearly every problem"
    if pair.verdict == TOO_SMALL:
        return f"{a} and {b}: n is too small to tell"
    if pair.constants:
        a, b = (f"{title} (one answer to all)" if name in pair.constants else title for name, title in ((pair.a, a), (pair.b, b)))
    if pair.verdict == ALIKE:
        return f"{a} and {b} are right equally often" if pair.constants else f"{a} and {b} are alike on such problems"
    better, worse = (b, a) if pair.verdict == BETTER else (a, b)
    return f"{better} is right more often than {worse}"


def _ends(accuracy: Interval) -> str:
    return f"{share(accuracy.low, 1)} to {share(accuracy.high, 1)}"


def _dot(score: ColumnScore, title: str) -> go.Scatter:
    import plotly.graph_objects as go

    accuracy = score.accuracy
    return go.Scatter(
        x=[accuracy.value],
        y=[title],
        mode="markers",
        cliponaxis=False,
        marker={"size": 15, "color": colour_of(score.weights.method)},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [accuracy.high - accuracy.value],
            "arrayminus": [accuracy.value - accuracy.low],
            "thickness": 3,
            "width": 9,
        },
        hovertemplate=f"{title}: {score.correct:,} of {score.n:,} right, {_ends(accuracy)}<extra></extra>",
    )
