"""One entry a layout method: the function that makes its shape, the libraries that decide the result, and what it does when.

In: the raw rows and their centred units, the most frequent first. Out: a shape. Adding a method means a file with its function and
an entry here, in `LAYOUT_METHODS` and in `findings`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError
from hypviz.layout.methods.dendrogram import TREE as TREE_SHARE
from hypviz.layout.methods.dendrogram import dendrogram_shape
from hypviz.layout.methods.hyperbolic_umap import TREE as START_SHARE
from hypviz.layout.methods.hyperbolic_umap import frequency_umap_shape, hyperbolic_umap_shape
from hypviz.layout.methods.umap import umap_shape
from hypviz.layout.methods.umap_hyperboloid import umap_hyperboloid_shape
from hypviz.layout.parts.fitted_tree import tree_shape
from hypviz.layout.parts.principal import norm_radius_shape, pca_shape
from hypviz.records.layout import LAYOUT_METHODS, LayoutShape

OF_UNITS = {
    "dendrogram": dendrogram_shape,
    "hyperbolic-umap": hyperbolic_umap_shape,
    "frequency-umap": frequency_umap_shape,
    "tree": tree_shape,
    "umap": umap_shape,
    "umap-hyperboloid": umap_hyperboloid_shape,
}
OF_ROWS = {"pca": pca_shape, "norm-radius": norm_radius_shape}
LIBRARIES = {
    "dendrogram": ("scipy", "scikit-learn"),
    "hyperbolic-umap": ("scipy", "scikit-learn", "numba"),
    "frequency-umap": ("scipy", "scikit-learn", "numba"),
    "tree": ("scipy", "scikit-learn"),
    "umap": ("umap-learn", "numba"),
    "umap-hyperboloid": ("umap-learn", "numba"),
    "pca": ("scipy",),
    "norm-radius": ("scipy",),
}
DESCENDING = "moving tokens in the hyperbolic plane; a stop keeps the layout so far"
STAGES = {  # from which per cent of the work on it is which text
    "dendrogram": ((0, "clustering"), (TREE_SHARE, "settling the order; a stop keeps the layout so far")),
    "hyperbolic-umap": ((0, "clustering"), (START_SHARE, DESCENDING)),
    "frequency-umap": ((0, "clustering"), (START_SHARE, DESCENDING)),
    "tree": ((0, "clustering"),),
    "umap": ((0, "UMAP: finding neighbours, then 200 to 500 rounds"),),
    "umap-hyperboloid": ((0, "UMAP: finding neighbours, then 200 to 500 rounds"),),
    "pca": ((0, "finding the principal components"),),
    "norm-radius": ((0, "finding the principal components"),),
}


def stage(method: str, done: int, total: int) -> str:
    """What a layout by `method` is doing when `done` of `total` is done."""
    share = 100 * done / max(total, 1)
    return [text for start, text in STAGES[method] if share >= start][-1]


def require_method(method: str) -> None:
    """Raise `HypvizError` for a name that is none of `LAYOUT_METHODS`."""
    if method not in LAYOUT_METHODS:
        raise HypvizError(f"There is no layout method {method!r}; choose one of {', '.join(LAYOUT_METHODS)}.")


def layout_shape(
    method: str,
    rows: np.ndarray,
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape by `method` of finite `rows` (n, d) and their `units` (n, d) from `centred_units`; raises `HypvizError` or `Stopped`."""
    require_method(method)
    if method in OF_ROWS:
        return OF_ROWS[method](rows, progress=progress, should_stop=should_stop)
    return OF_UNITS[method](units, seed=seed, progress=progress, should_stop=should_stop)
