"""One entry a layout method: the function that makes its shape, the libraries that decide the result, and the words for its progress.

In: the raw rows and their centred units, the most frequent first. Out: a shape. Adding a method means a file with its function and
an entry here, in `LAYOUT_METHODS` and in `findings`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError
from hypviz.layout.dendrogram import dendrogram_shape
from hypviz.layout.fitted_tree import tree_shape
from hypviz.layout.hyperbolic_umap import frequency_umap_shape, hyperbolic_umap_shape
from hypviz.layout.principal import norm_radius_shape, pca_shape
from hypviz.layout.umap_hyperboloid import umap_hyperboloid_shape
from hypviz.layout.umap_tangent import umap_shape
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
STAGES = {
    "dendrogram": "clustering",
    "hyperbolic-umap": "clustering, then 100 to 200 rounds in the hyperbolic plane",
    "frequency-umap": "clustering, then 100 to 200 rounds in the hyperbolic plane",
    "tree": "clustering",
    "umap": "UMAP: finding neighbours, then 200 to 500 rounds",
    "umap-hyperboloid": "UMAP: finding neighbours, then 200 to 500 rounds",
    "pca": "finding the principal components",
    "norm-radius": "finding the principal components",
}


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
