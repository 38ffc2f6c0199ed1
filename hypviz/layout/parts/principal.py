"""The two layouts of the plain reading: angle from the first two principal components, radius from frequency or from the norm.

In: the raw rows (n, d), the most frequent first. Out: a shape. `pca` takes the radius of the dendrogram. `norm-radius` reads the
norm of a row as its distance from the centre, as arXiv 2410.04010v2, Section 3, does where it finds frequent and abstract tokens at
small norms: rho / R is the norm over the largest norm. Nothing here is drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import Stopped
from hypviz.layout.parts.radius import radius_share
from hypviz.records.layout import LayoutShape

BLOCK = 8_000_000
EIGEN = 10  # per cent of the work that is left when the covariance is there, about


def pca_shape(
    rows: np.ndarray, *, progress: Callable[[int, int], None] | None = None, should_stop: Callable[[], bool] | None = None
) -> LayoutShape:
    """The shape for finite rows (n, d); raises `Stopped`."""
    theta = principal_angles(rows, progress=progress, should_stop=should_stop)
    return LayoutShape(share=radius_share(len(rows)), theta=theta, n_groups=None, n_shortened=0)


def norm_radius_shape(
    rows: np.ndarray, *, progress: Callable[[int, int], None] | None = None, should_stop: Callable[[], bool] | None = None
) -> LayoutShape:
    """The shape for finite rows (n, d): share = norm / largest norm, all 0 where every row is; raises `Stopped`."""
    theta, norm = principal_angles(rows, progress=progress, should_stop=should_stop), row_norms(rows)
    return LayoutShape(share=norm / max(norm.max(), 1e-300), theta=theta, n_groups=None, n_shortened=0)


def row_norms(rows: np.ndarray) -> np.ndarray:
    """L2 norms (n,) float64 of the rows as stored, not centred."""
    norms = np.empty(len(rows))
    step = max(1, BLOCK // max(rows.shape[1], 1))
    for start in range(0, len(rows), step):
        norms[start : start + step] = np.linalg.norm(rows[start : start + step].astype(np.float64), axis=1)
    return norms


def principal_angles(
    rows: np.ndarray, *, progress: Callable[[int, int], None] | None = None, should_stop: Callable[[], bool] | None = None
) -> np.ndarray:
    """Angles (n,) of the centred rows in the plane of their first two principal components, 0 for a row that equals the mean.

    A component's largest coefficient counts as positive, so that the picture has one handedness. Products are float32, within a
    block of rows, and summed in float64.
    """
    from scipy.linalg import eigh

    n, d = rows.shape
    mean, covariance = rows.mean(axis=0, dtype=np.float64), np.zeros((d, d))
    step = max(1, BLOCK // d)
    for start in range(0, n, step):
        if should_stop is not None and should_stop():
            raise Stopped("The principal components were stopped; start the layout again to get them.")
        block = (rows[start : start + step] - mean).astype(np.float32)
        covariance += block.T @ block
        if progress is not None:
            progress((100 - EIGEN) * min(start + step, n) // n, 100)
    _, vectors = eigh(covariance, subset_by_index=[max(0, d - 2), d - 1])
    axes = vectors[:, ::-1] * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])[::-1]
    plane = np.zeros((n, 2))
    for start in range(0, n, step):
        plane[start : start + step, : axes.shape[1]] = (rows[start : start + step] - mean) @ axes
    if progress is not None:
        progress(100, 100)
    return np.arctan2(plane[:, 1], plane[:, 0])
