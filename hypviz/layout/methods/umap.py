"""The UMAP layout: a Euclidean UMAP of the rows as tangent vectors at the origin, to be mapped by the exponential map.

In: rows of unit length. Out: a shape. Here the frequency plays no part in the radius.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.layout.parts.umap_plane import umap_plane
from hypviz.records.layout import LayoutShape

TRUSTED = 1.5


def umap_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape for rows (n, d) of unit length (or 0); raises `HypvizError` and `Stopped` as `umap_plane` does."""
    return tangent_shape(umap_plane(units, output_metric="euclidean", seed=seed, progress=progress, should_stop=should_stop))


def tangent_shape(plane: np.ndarray) -> LayoutShape:
    """The shape of tangent vectors (n, 2), centred at their median and scaled to the longest.

    UMAP puts islands of the vocabulary at distances that mean nothing; a length beyond `TRUSTED` medians therefore grows only
    with its logarithm, so that one far island does not press everything else into the middle. Their number is in the record.
    """
    plane = plane - np.median(plane, axis=0)
    length = np.hypot(plane[:, 0], plane[:, 1])
    bound = TRUSTED * np.median(length)
    far = length > bound
    if bound > 0:
        length = np.where(far, bound * (1.0 + np.log(np.maximum(length, bound) / bound)), length)
    theta = np.arctan2(plane[:, 1], plane[:, 0])
    return LayoutShape(share=length / max(length.max(), 1e-300), theta=theta, n_groups=None, n_shortened=int(far.sum()))
