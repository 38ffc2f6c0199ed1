"""A prompt's path on one layout: where it stands after every layer, how far its tokens are spread there, and its table.

In: a `PromptPath` and a `DiskLayout` of its tokens. Out: a `PathOnDisk`. Reads nothing and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64, Int64

from hypviz.errors import HypvizError
from hypviz.geometry import polar_distance
from hypviz.records.layout import DiskLayout
from hypviz.records.path import LOGIT, PathOnDisk, PromptPath
from hypviz.words.path import path_sentences, path_title

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5  # tokens of a layer
N_PAIRS = 4000  # random ones that say how far apart tokens lie by chance


def path_on_disk(path: PromptPath, layout: DiskLayout, text: Sequence[str], *, tied: bool) -> PathOnDisk:
    """The path on that layout; `text` of every row of the table, `tied` whether the model has one table only.

    Raises `HypvizError` for a layout of other tokens.
    """
    row_of = _rows_by_id(layout, path)
    rows = row_of[path.placed]
    if (rows < 0).any():
        raise HypvizError("The path was looked for among other tokens than those of this layout; follow the prompt again.")
    pairs = np.random.default_rng(layout.seed).integers(len(layout.rho), size=(2, N_PAIRS))
    return PathOnDisk(
        rows=rows,
        spread=np.array([_spread(path, layout, row_of, layer) for layer in range(len(rows))]),
        chance=float(_distance(layout, pairs[0], pairs[1]).mean()),
        title=path_title(path, text),
        said=path_sentences(path, n_laid_out=len(layout.token_ids), table=layout.table, tied=tied),
    )


def path_table(path: PromptPath, layout: DiskLayout, text: Sequence[str]) -> pd.DataFrame:
    """Every kept token of every layer with its value and, where it is laid out, its place."""
    import pandas as pd

    row_of, n, k = _rows_by_id(layout, path), len(path.tokens), int(path.tokens.shape[1])
    tokens = path.tokens.ravel()
    rows = row_of[tokens]
    name = "probability" if path.lens == LOGIT else "cosine"
    columns = {
        "layer": np.repeat(np.arange(n), k),
        "place": np.tile(np.arange(1, k + 1), n),
        "token_id": tokens,
        "text": [text[i] for i in tokens],
        name: path.values.ravel(),
        "rho": np.where(rows < 0, np.nan, layout.rho[rows]),
        "theta": np.where(rows < 0, np.nan, layout.theta[rows]),
    }
    return pd.DataFrame(columns)


def _rows_by_id(layout: DiskLayout, path: PromptPath) -> Int64[np.ndarray, " n_ids"]:
    """The layout's row of each token id, -1 where it has none."""
    largest = max(int(layout.token_ids.max()), int(path.tokens.max()), int(path.placed.max()))
    found = np.full(largest + 1, -1, dtype=np.int64)
    found[layout.token_ids] = np.arange(len(layout.token_ids))
    return found


def _spread(path: PromptPath, layout: DiskLayout, row_of: Int64[np.ndarray, " n_ids"], layer: int) -> float:
    rows, weights = row_of[path.tokens[layer, :SHOWN]], path.values[layer, :SHOWN]
    there = rows >= 0
    if not there.any():
        return 0.0
    away = _distance(layout, rows[there], np.full(int(there.sum()), row_of[path.placed[layer]]))
    weighted = path.lens == LOGIT and float(weights[there].sum()) > 0.0
    return float(np.average(away, weights=weights[there] if weighted else None))


def _distance(layout: DiskLayout, rows: Int64[np.ndarray, " m"], others: Int64[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    return polar_distance(layout.rho[rows], layout.theta[rows], to_rho=layout.rho[others], to_theta=layout.theta[others])
