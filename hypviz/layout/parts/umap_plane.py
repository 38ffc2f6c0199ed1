"""umap-learn in two dimensions, run so that it tells how far it is, can be stopped, and never meets another numba call.

In: rows of unit length. Out: UMAP's own coordinates. McInnes, Healy and Melville, UMAP, arXiv 1802.03426. numba's fall-back threading
layer aborts the process when two threads enter it, so the process's one lock, `compiled.PARALLEL`, stands around every call.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError, Stopped

N_NEIGHBOURS = 15
MIN_DIST = 0.1
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


def umap_plane(
    units: np.ndarray,
    *,
    output_metric: str,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> np.ndarray:
    """UMAP's coordinates (n, 2) in float64 of rows (n, d) of unit length (or 0), apart in `output_metric` (a name of umap-learn's).

    One thread, because several would make the result depend on timing. Raises `HypvizError` for fewer than `FEWEST` tokens or
    coordinates that are not finite, and `Stopped`.
    """
    n = len(units)
    if n < FEWEST:
        raise HypvizError(f"UMAP needs at least {FEWEST} tokens, but got {n}; choose more tokens or the dendrogram layout.")
    stoppable = _Stoppable()
    stoppable.should_stop = should_stop
    bar = {"disable": False, "file": _Epochs(progress), "bar_format": "{n_fmt} {total_fmt}", "mininterval": 0.2, "lock_args": stoppable}
    from hypviz.compiled import PARALLEL

    with PARALLEL, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        reducer = umap.UMAP(
            n_components=2,
            n_neighbors=min(N_NEIGHBOURS, n - 1),
            min_dist=MIN_DIST,
            metric="cosine",
            output_metric=output_metric,
            init="spectral" if n > 20 else "random",
            random_state=seed,
            n_jobs=1,
            tqdm_kwds=bar,
        )
        plane = reducer.fit_transform(units).astype(np.float64)
    if not np.isfinite(plane).all():
        raise HypvizError(f"UMAP's {output_metric} coordinates are not finite; choose another seed or another layout.")
    return plane
