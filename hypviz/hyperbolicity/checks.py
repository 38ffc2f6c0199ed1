"""What a distance matrix must be before a delta is taken of it, each failure in a sentence that says what to do."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.errors import HypvizError
from hypviz.hyperbolicity.four_point.loops import metric as loops
from hypviz.hyperbolicity.four_point.quantised import in_turn
from hypviz.hyperbolicity.four_point.watch import Watch

SEARCH_BYTES, DISTANCE_BYTES = 40, 40  # a pair of points at the most, beside a matrix and with it
ALL_TRIANGLES, SOME_TRIANGLES = 2000, 200
SHARE_OF_TIME = 0.2  # that is left before a search, for its triangles
TOLERANCE = 1e-6  # of the diameter: float32 distances break the triangle inequality by less


def check_room(n: int, bytes_per_pair: int, room: int | None) -> None:
    """Raise `HypvizError` with the largest number of points that fits if n^2 times `bytes_per_pair` exceed `room` bytes (None: any)."""
    if room is not None and bytes_per_pair * n * n > room:
        raise HypvizError(
            f"{n:,} points need {bytes_per_pair * n * n / 1e9:,.1f} GB and {room / 1e9:,.1f} GB are free; at most "
            f"{int((room / bytes_per_pair) ** 0.5):,} points fit, so take a sample of that size."
        )


def check_metric(D: Float64[np.ndarray, "n m"], watch: Watch) -> None:
    """Square, finite, symmetric, not negative and zero on the diagonal."""
    if D.ndim != 2 or D.shape[0] != D.shape[1] or D.shape[0] < 1:
        raise HypvizError(f"A distance matrix is square, but this one has shape {D.shape}; pass all pairwise distances.")
    todo = in_turn(-(-len(D) // loops.TILE))
    found = np.empty((todo.size, 4))
    for piece in watch.alike(todo.size, loops.TILE * len(D)):
        with watch.alone():
            loops.faults(D, todo[piece], found)
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


def check_triangles(D: Float64[np.ndarray, "n n"], watch: Watch) -> None:
    """The triangle inequality through every point, or through a fixed sample of points where there are many.

    Under a deadline it is through as many of them as a part of the time allows, one at the least.
    """
    n = len(D)
    if n < 3:
        return
    through = np.arange(n) if n <= ALL_TRIANGLES else np.random.default_rng(0).choice(n, SOME_TRIANGLES, replace=False)
    defect, until = np.zeros(through.size), watch.spent + SHARE_OF_TIME * watch.seconds_left
    for piece in watch.alike(through.size, n * n / 2.0):
        with watch.alone():
            defect[piece] = loops.triangle_defect(D, through[piece])
        if watch.spent > until:
            break
    worst = int(np.argmax(defect))
    if defect[worst] > TOLERANCE * float(D.max()):
        raise HypvizError(
            f"These are no distances: a way through point {through[worst]} is shorter than the direct one by {defect[worst]:.3g}. "
            "Pass a metric, for instance shortest-path lengths."
        )
