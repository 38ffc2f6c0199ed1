"""What a fine-tuned model changed of its base: size by layer and module, the shares of ranks, and the rows of a table; figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hypviz.plots.chart import Chart
from hypviz.plots.style import BLUE, CATEGORICAL, SEQUENTIAL, finish
from hypviz.plots.token_text import shown
from hypviz.records.difference import RANKS, ModelDifference, TableDifference, TensorDifference
from hypviz.words.difference import difference_finding, module_of, modules_sentence, rank_words, table_sentence
from hypviz.words.layer_names import place, short_modules

if TYPE_CHECKING:
    import pandas as pd

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def difference_chart(record: ModelDifference) -> Chart:
    """|D| / |W| of every matrix in the blocks, a column a block and a row a module; empty where nothing changed."""
    import plotly.graph_objects as go

    matrices = record.matrices
    short = short_modules([tensor.name.removesuffix(".weight") for tensor in matrices])
    modules = list(dict.fromkeys(module_of(tensor.name) for tensor in matrices))
    blocks = sorted({place(tensor.name)[0] for tensor in matrices})
    values, words = np.full((len(modules), len(blocks)), np.nan), np.full((len(modules), len(blocks)), "", dtype=object)
    for tensor in matrices:
        at = modules.index(module_of(tensor.name)), blocks.index(place(tensor.name)[0])
        values[at] = 100.0 * tensor.relative if tensor.is_changed else np.nan
        words[at] = f"rank {rank_words(tensor)}" if tensor.is_changed else "as in the base"
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=blocks,
            y=[short.get(module, module) for module in modules],
            customdata=words,
            colorscale=SEQUENTIAL,
            zmin=0,
            zmax=float(np.nanmax(values)) if np.isfinite(values).any() else 1.0,
            xgap=1,
            ygap=1,
            colorbar={"title": {"text": "|D| / |W| (%)"}},
            hovertemplate="block %{x}, %{y}: %{z:.3g} %<br>%{customdata}<extra></extra>",
        )
    )
    title = difference_finding(record)
    finish(figure, title="", x="block", y="", height=max(260, 90 + 34 * len(modules)))
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(showgrid=False)
    alt = f"Size of the difference by block and module, in percent of the base's weights. {title}. {modules_sentence(record)}"
    return Chart(figure=figure, title=title, alt=alt, data=difference_table(record))


def rank_chart(record: ModelDifference) -> Chart | None:
    """The share of |D|^2 by rank, the middle of the blocks for every module that changed; None where no matrix did."""
    import pandas as pd
    import plotly.graph_objects as go

    moved = [tensor for tensor in record.matrices if tensor.is_changed]
    if not moved:
        return None
    short = short_modules([tensor.name.removesuffix(".weight") for tensor in record.matrices])
    figure, rows = go.Figure(), list[dict[str, object]]()
    for k, module in enumerate(dict.fromkeys(module_of(tensor.name) for tensor in moved)):
        some = [tensor.shares for tensor in moved if module_of(tensor.name) == module]
        n = min(map(len, some))
        middle = np.median(np.array([shares[:n] for shares in some]), axis=0)
        name = short.get(module, module)
        figure.add_scatter(
            x=RANKS[:n],
            y=100.0 * middle,
            mode="lines+markers",
            name=name,
            line={"color": CATEGORICAL[k % len(CATEGORICAL)], "width": 3, "dash": DASHES[k // len(CATEGORICAL) % len(DASHES)]},
            hovertemplate="rank %{x}: %{y:.3g} %<extra>%{fullData.name}</extra>",
        )
        rows += [{"module": module, "rank": rank, "share": float(share)} for rank, share in zip(RANKS, middle, strict=False)]
    title = _rank_title(moved)
    finish(figure, title="", x="rank", y="share of |D|² explained (%)", height=400)
    figure.update_xaxes(type="log", tickvals=list(RANKS), ticktext=[str(rank) for rank in RANKS])
    figure.update_yaxes(range=[0, 104])
    alt = f"Share of the squared difference that the best approximation of each rank explains, by module. {title}."
    return Chart(figure=figure, title=title, alt=alt, data=pd.DataFrame(rows))


def table_chart(table: TableDifference) -> Chart:
    """How far rows moved against their norm in the base, a point for each row that moved; the farthest with their tokens."""
    import pandas as pd
    import plotly.graph_objects as go

    there = np.flatnonzero(table.moved > 0)
    names = dict(zip(table.top.tolist(), table.top_text, strict=True))
    figure = go.Figure(
        go.Scattergl(
            x=table.norm[there],
            y=table.moved[there],
            mode="markers",
            marker={"color": BLUE, "size": 5, "opacity": 0.7},
            text=[shown(names[row]) if row in names else f"row {row:,}" for row in there.tolist()],
            hovertemplate="<b>%{text}</b><br>norm %{x:.4g}, moved by %{y:.4g}<extra></extra>",
        )
    )
    title = table_sentence(table).rstrip(".")
    finish(figure, title="", x="L2 norm of the row in the base", y="L2 norm of its difference", height=400)
    figure.update_yaxes(rangemode="tozero")
    data = pd.DataFrame({"row": np.arange(len(table.norm)), "norm": table.norm, "norm_after": table.norm_after, "moved": table.moved})
    return Chart(figure=figure, title=title, alt=f"A point for each row that moved: its norm and how far it moved. {title}.", data=data)


def difference_table(record: ModelDifference) -> pd.DataFrame:
    """A line for every tensor."""
    import pandas as pd

    return pd.DataFrame([_line(tensor) for tensor in record.tensors])


def _line(tensor: TensorDifference) -> dict[str, object]:
    shares = dict(zip(RANKS, tensor.shares, strict=False))
    return {
        "tensor": tensor.name,
        "shape": " x ".join(map(str, tensor.shape)),
        "norm": tensor.length,
        "moved": tensor.moved,
        "relative": tensor.relative,
        "largest": tensor.largest,
        "share_changed": tensor.n_changed / tensor.n if tensor.n else 0.0,
        "rounding": tensor.rounding,
        "effective_rank": tensor.effective_rank,
        "rank": rank_words(tensor),
        **{f"rank_{rank}": shares.get(rank) for rank in RANKS},
    }


def _rank_title(moved: list[TensorDifference]) -> str:
    effective = [tensor.effective_rank for tensor in moved if tensor.effective_rank is not None]
    low, high = min(effective), max(effective)
    return f"The effective rank of the differences is {low:.3g} to {high:.3g}, {float(np.median(effective)):.3g} in the middle"
