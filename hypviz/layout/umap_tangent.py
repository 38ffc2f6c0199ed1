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
FEWEST = 5


class _Epochs:
    """The file that UMAP's own progress bar writes to: hands the epochs on and raises `Stopped` when asked to stop."""

    def __init__(self, progress: Callable[[int, int], None] | None, should_stop: Callable[[], bool] | None) -> None:
        self._progress, self._should_stop = progress, should_stop

    def write(self, text: str) -> None:
        """Read ``done total`` from the bar."""
        if self._should_stop is not None and self._should_stop():
            raise Stopped("The UMAP layout was stopped; start it again to get one.")
        numbers = text.split()
        if self._progress is not None and len(numbers) == 2 and all(word.isdigit() for word in numbers):
            self._progress(int(numbers[0]), max(1, int(numbers[1])))

    def flush(self) -> None:
        """Nothing is buffered."""


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
    plane = _embed(units, seed, _Epochs(progress, should_stop))
    plane -= plane.mean(axis=0)
    length = np.hypot(plane[:, 0], plane[:, 1])
    return LayoutShape(share=length / length.max(), theta=np.arctan2(plane[:, 1], plane[:, 0]), n_groups=None)


def _embed(units: np.ndarray, seed: int, epochs: _Epochs) -> np.ndarray:
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
            tqdm_kwds={"disable": False, "file": epochs, "bar_format": "{n_fmt} {total_fmt}", "mininterval": 0.2},
        )
        return reducer.fit_transform(units).astype(np.float64)
