"""The UMAP layout: a Euclidean UMAP of the rows as tangent vectors at the origin, to be mapped by the exponential map.

McInnes, Healy and Melville, UMAP, arXiv 1802.03426. Here the frequency plays no part in the radius. numba's fall-back threading
layer aborts the process when two threads enter it, so one lock for the whole process stands around every call.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.records.layout import LayoutShape

NUMBA_LOCK = threading.Lock()
N_NEIGHBOURS = 15
MIN_DIST = 0.1
TRUSTED = 1.5
FEWEST = 5


class _Epochs:
    """The file that UMAP's own progress bar writes to: hands the epochs on. It never raises, see `_Stoppable`."""

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self._progress = progress

    def write(self, text: str) -> None:
        """Read ``done total`` from the bar."""
        numbers = text.split()
        if self._progress is not None and len(numbers) == 2 and all(word.isdigit() for word in numbers):
            self._progress(int(numbers[0]), max(1, int(numbers[1])))

    def flush(self) -> None:
        """Nothing is buffered."""


class _Stoppable(tuple[()]):
    """tqdm's ``lock_args``, which it looks at just before it takes its lock: raises `Stopped` there when asked to stop.

    An exception any later, in the file it writes to, would leave that lock taken, and every other bar of the process waiting.
    """

    should_stop: Callable[[], bool] | None = None

    def __bool__(self) -> bool:
        """False, so that the lock is taken as usual."""
        if self.should_stop is not None and self.should_stop():
            raise Stopped("The UMAP layout was stopped; start it again to get one.")
        return False


def umap_shape(
    units: np.ndarray,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LayoutShape:
    """The shape for rows (n, d) of unit length (or 0); raises `HypvizError` for fewer than `FEWEST` tokens and `Stopped`."""
    n = len(units)
    if n < FEWEST:
        raise HypvizError(f"UMAP needs at least {FEWEST} tokens, but got {n}; choose more tokens or the dendrogram layout.")
    stoppable = _Stoppable()
    stoppable.should_stop = should_stop
    return tangent_shape(_embed(units, seed, _Epochs(progress), stoppable))


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


def _embed(units: np.ndarray, seed: int, epochs: _Epochs, stoppable: _Stoppable) -> np.ndarray:
    """UMAP's plane (n, 2) in float64; one thread, because several would make the result depend on timing."""
    with NUMBA_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        reducer = umap.UMAP(
            n_components=2,
            n_neighbors=min(N_NEIGHBOURS, len(units) - 1),
            min_dist=MIN_DIST,
            metric="cosine",
            init="spectral" if len(units) > 20 else "random",
            random_state=seed,
            n_jobs=1,
            tqdm_kwds={
                "disable": False,
                "file": epochs,
                "bar_format": "{n_fmt} {total_fmt}",
                "mininterval": 0.2,
                "lock_args": stoppable,
            },
        )
        return reducer.fit_transform(units).astype(np.float64)
