"""Rows in the plane of their first two principal components: a picture of the plain reading, and a start that has no chance in it.

In: rows (n, d). Out: coordinates (n, 2), or their angles. Nothing here is drawn at random.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from jaxtyping import Float, Float64

from hypviz.work import NOBODY, Work

BLOCK = 8_000_000
COVARIANCE = 0.9  # of the work is the covariance, about; the rest is its eigenvectors


def principal_angles(
    rows: Float[np.ndarray, "n d"], *, about: Float64[np.ndarray, " d"] | None = None, work: Work = NOBODY
) -> Float64[np.ndarray, " n"]:
    """Angles (n,) of the rows in the plane of their first two principal components, around `about` (d,) (None: their mean).

    A row that equals it has the angle 0. Raises `Stopped`.
    """
    plane = principal_plane(rows, about=about, work=work)
    return np.arctan2(plane[:, 1], plane[:, 0])


def principal_axes(
    rows: Float[np.ndarray, "n d"], k: int, *, about: Float64[np.ndarray, " d"] | None = None, work: Work = NOBODY
) -> Float64[np.ndarray, "d m"]:
    """The directions (d, k), of length 1, in which the rows spread most around `about` (d,) (None: their mean); fewer where d is less.

    The widest comes first. A direction's largest coefficient counts as positive, so that a picture has one handedness. Products are
    float32, within a block of rows, and summed in float64. Raises `Stopped`.
    """
    from scipy import linalg

    n, d = rows.shape
    mean, covariance = rows.mean(axis=0, dtype=np.float64) if about is None else about, np.zeros((d, d))
    step, summing = max(1, BLOCK // d), work.part(COVARIANCE)
    for start in range(0, n, step):
        work.check()
        block = (rows[start : start + step] - mean).astype(np.float32)
        covariance += block.T @ block
        summing.report(min(start + step, n), n)
    vectors = cast("np.ndarray", linalg.eigh(covariance, subset_by_index=[max(0, d - k), d - 1])[1])
    return vectors[:, ::-1] * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])[::-1]


def principal_plane(
    rows: Float[np.ndarray, "n d"], *, about: Float64[np.ndarray, " d"] | None = None, work: Work = NOBODY
) -> Float64[np.ndarray, "n 2"]:
    """Coordinates (n, 2) of the rows along their first two principal components, from `about` (d,) (None: their mean).

    Raises `Stopped`.
    """
    n, d = rows.shape
    mean = rows.mean(axis=0, dtype=np.float64) if about is None else about
    axes = principal_axes(rows, 2, about=mean, work=work)
    plane, step = np.zeros((n, 2)), max(1, BLOCK // d)
    for start in range(0, n, step):
        plane[start : start + step, : axes.shape[1]] = (rows[start : start + step] - mean) @ axes
    work.report(1, 1)
    return plane
