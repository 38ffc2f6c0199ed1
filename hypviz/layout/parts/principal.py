"""Rows in the plane of their first two principal components: a picture of the plain reading, and a start that has no chance in it.

In: rows (n, d). Out: coordinates (n, 2), or their angles. Nothing here is drawn at random.
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Float64

from hypviz.work import NOBODY, Work

BLOCK = 2_000_000  # numbers of a block
COVARIANCE = 0.9  # of the work is the covariance, about; the rest is its eigenvectors
WIDE = 1024  # numbers in a row from which on the covariance is applied to vectors and never written down
_CONVERGED = 1e-6  # of the largest eigenvalue; products in float32 do not carry further
_TIMES = 60  # that it is applied, about, where a few directions stand out


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
    mean = rows.mean(axis=0, dtype=np.float64) if about is None else about
    vectors = _by_vectors(rows, k, mean, work) if rows.shape[1] > WIDE and k < WIDE // 8 else _by_covariance(rows, k, mean, work)
    return vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])


def _by_covariance(rows: Float[np.ndarray, "n d"], k: int, mean: Float64[np.ndarray, " d"], work: Work) -> Float64[np.ndarray, "d m"]:
    """Eigenvectors of the whole matrix of d x d numbers, the largest first."""
    from scipy import linalg

    n, d = rows.shape
    covariance, step, summing = np.zeros((d, d)), max(1, BLOCK // d), work.part(COVARIANCE)
    for start in range(0, n, step):
        work.check()
        block = (rows[start : start + step] - mean).astype(np.float32)
        covariance += block.T @ block
        summing.report(min(start + step, n), n)
    return cast("np.ndarray", linalg.eigh(covariance, subset_by_index=[max(0, d - k), d - 1])[1])[:, ::-1]


def _by_vectors(rows: Float[np.ndarray, "n d"], k: int, mean: Float64[np.ndarray, " d"], work: Work) -> Float64[np.ndarray, "d m"]:
    """The same by Lanczos (ARPACK), which asks for the matrix times a vector, from a start that has no chance in it."""
    from scipy.sparse import linalg

    library: Any = linalg
    n, d = rows.shape
    centre: np.ndarray = mean.astype(np.float32)
    step, applied = max(1, BLOCK // d), 0

    def apply(vector: Float64[np.ndarray, " d"]) -> Float64[np.ndarray, " d"]:
        nonlocal applied
        along: np.ndarray = vector.ravel().astype(np.float32)
        found = np.zeros(d)
        for start in range(0, n, step):
            work.check()
            block = rows[start : start + step]
            score: np.ndarray = block @ along - centre @ along
            found += score @ block - score.sum(dtype=np.float64) * mean
        applied += 1
        work.report(min(applied, _TIMES), _TIMES)
        return found

    start = np.array([math.cos(axis + 1.0) for axis in range(d)])
    covariance = library.LinearOperator((d, d), matvec=apply, dtype=np.float64)
    try:
        vectors: np.ndarray = library.eigsh(covariance, k=k, v0=start, tol=_CONVERGED)[1]
    except library.ArpackError:  # all rows are equal, or no direction stands out
        return _by_covariance(rows, k, mean, work)
    return vectors[:, ::-1]


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
