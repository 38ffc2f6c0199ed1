"""What a distance matrix must be before a delta is taken of it, each failure in a sentence that says what to do."""

from __future__ import annotations

import numpy as np

from hypviz.errors import HypvizError

ALWAYS_FITS = 2000
SEARCH_BYTES, DISTANCE_BYTES = 40, 40  # a pair of points at the most, beside a matrix and with it
ALL_TRIANGLES, SOME_TRIANGLES = 2000, 200
TOLERANCE = 1e-6  # of the diameter: float32 distances break the triangle inequality by less


def check_room(n: int, bytes_per_pair: int) -> None:
    """Raise `HypvizError` with the largest number of points that fits if n^2 times `bytes_per_pair` are not free."""
    if n <= ALWAYS_FITS:
        return
    import psutil

    free = psutil.virtual_memory().available
    if bytes_per_pair * n * n > free:
        raise HypvizError(
            f"{n:,} points need {bytes_per_pair * n * n / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free; at most "
            f"{int((free / bytes_per_pair) ** 0.5):,} points fit, so take a sample of that size."
        )


def check_metric(D: np.ndarray) -> None:
    """Square, finite, symmetric, not negative and zero on the diagonal; D is float64."""
    if D.ndim != 2 or D.shape[0] != D.shape[1] or D.shape[0] < 1:
        raise HypvizError(f"A distance matrix is square, but this one has shape {D.shape}; pass all pairwise distances.")
    from hypviz.compiled import PARALLEL
    from hypviz.hyperbolicity.four_point.loops.products import faults

    with PARALLEL:
        found = faults(D)
    if found[:, 0].any():
        raise HypvizError("A distance matrix must be finite, but this one holds NaN or infinity; leave those points out and say so.")
    scale, lopsided = float(np.abs(found[:, 1:3]).max()), float(found[:, 3].max())
    if lopsided > 1e-9 * scale:
        raise HypvizError(
            f"A distance matrix is symmetric, but d(i,j) and d(j,i) differ here by up to {lopsided:.3g}; average the two, or check how "
            "the matrix was made."
        )
    if float(found[:, 1].min()) < 0 or float(np.abs(np.diagonal(D)).max()) > 1e-12 * scale:
        raise HypvizError("A distance matrix is non-negative with a zero diagonal, but this one is not; check how it was made.")


def check_triangles(D: np.ndarray) -> None:
    """The triangle inequality through every point, or through a fixed sample of points where there are many."""
    n = len(D)
    if n < 3:
        return
    from hypviz.compiled import PARALLEL
    from hypviz.hyperbolicity.four_point.loops.products import triangle_defect

    through = np.arange(n) if n <= ALL_TRIANGLES else np.sort(np.random.default_rng(0).choice(n, SOME_TRIANGLES, replace=False))
    with PARALLEL:
        defect = triangle_defect(D, through)
    worst = int(np.argmax(defect))
    if defect[worst] > TOLERANCE * float(D.max()):
        raise HypvizError(
            f"These are no distances: a way through point {through[worst]} is shorter than the direct one by {defect[worst]:.3g}. "
            "Pass a metric, for instance shortest-path lengths."
        )
