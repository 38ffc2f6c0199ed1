"""How much of what sets HypLoRA's training loss apart from LoRA's is a larger alpha: the two stages of the way, with their intervals.

In: a run's spec, its `RunMetrics`, and the gain that HypLoRA started with. Out: a chart, or None where the run has no three members or
too few steps. From LoRA to Scaled LoRA alpha changes and nothing else; from Scaled LoRA to HypLoRA the gain differs between tokens, and
changes as HypLoRA learns.
"""

from __future__ import annotations

from hypviz.methods import METHODS, colour_of
from hypviz.methods.comparison import BASELINE, CONTROL, SUBJECT
from hypviz.plots.chart import Chart
from hypviz.plots.style import FONT_SIZE, GREY, finish
from hypviz.records.runs import RunMetrics, RunSpec
from hypviz.words.losses import Shares, shares, shares_finding, with_ends
from hypviz.words.numbers import factor, signed


def scale_chart(metrics: RunMetrics, spec: RunSpec, gain: float | None) -> Chart | None:
    """Loss differences between the members over the last steps: by alpha, not by that alpha, and both together."""
    import pandas as pd
    import plotly.graph_objects as go

    found = shares(metrics)
    if found is None:
        return None
    rows = [
        (f"by alpha: {alpha_words(spec, gain)}<br>LoRA → Scaled LoRA", found.by_alpha, colour_of(CONTROL)),
        ("not by that alpha<br>Scaled LoRA → HypLoRA", found.beyond_alpha, colour_of(SUBJECT)),
        ("both together<br>LoRA → HypLoRA", found.whole, GREY),
    ]
    figure = go.Figure()
    for label, gap, colour in rows:
        figure.add_scatter(
            x=[gap.value],
            y=[label],
            mode="markers",
            marker={"size": 13, "color": colour},
            error_x={"type": "data", "array": [gap.high - gap.value], "thickness": 3, "width": 8, "color": colour},
            hovertemplate=f"{signed(gap.value, 4)}, 95 % from {signed(gap.low, 4)} to {signed(gap.high, 4)}<extra></extra>",
        )
    figure.add_vline(x=0.0, line={"color": GREY, "dash": "dot", "width": 2})
    title = shares_finding(found)
    finish(figure, title=title, x=f"change of the training loss over the last {found.whole.n} steps (nats per token, left is lower)", y="")
    figure.update_layout(showlegend=False, height=260)
    figure.update_yaxes(autorange="reversed", automargin=True, tickfont_size=FONT_SIZE - 1)
    return Chart(figure=figure, title=title, alt=_in_words(found, spec, gain, title), data=pd.DataFrame(_as_lines(found)))


def _as_lines(found: Shares) -> list[dict[str, object]]:
    """The stages for the download."""
    stages = ((BASELINE, CONTROL, found.by_alpha), (CONTROL, SUBJECT, found.beyond_alpha), (BASELINE, SUBJECT, found.whole))
    return [
        {"from": a, "to": b, "change": gap.value, "low": gap.low, "high": gap.high, "level": gap.level, "steps": gap.n}
        for a, b, gap in stages
    ]


def alpha_words(spec: RunSpec, gain: float | None) -> str:
    """What Scaled LoRA's alpha is made of: ``32 × 2.4``, or ``64 → 128 × 2.4`` where HypLoRA's alpha is not LoRA's."""
    own = METHODS[CONTROL].plan(spec).alpha
    start = f"{spec.alpha:g}" if own == spec.alpha else f"{spec.alpha:g} → {own:g}"
    return f"{start} × the gain" if gain is None else f"{start} × {factor(gain)}"


def _in_words(found: Shares, spec: RunSpec, gain: float | None, title: str) -> str:
    said = [
        f"from LoRA to Scaled LoRA (alpha {alpha_words(spec, gain)}) the loss changes by {with_ends(found.by_alpha)}",
        f"from Scaled LoRA to HypLoRA by {with_ends(found.beyond_alpha)}",
        f"in all by {with_ends(found.whole)}",
    ]
    return f"{title}. Over the last {found.whole.n} steps on the same batches, with 95 % intervals: {'; '.join(said)}."
