"""umap-learn in two dimensions, run so that it tells how far it is, can be stopped, and never meets another numba call.

In: rows of unit length. Out: UMAP's own coordinates. McInnes, Healy and Melville, UMAP, arXiv 1802.03426. numba's fall-back threading
layer aborts the process when two threads enter it, so the process's one lock, `compiled.PARALLEL`, stands around every call.
"""

from __future__ import annotations

import warnings

import numpy as np
from jaxtyping import Float32, Float64

from hypviz.errors import HypvizError
from hypviz.work import NOBODY, Work

N_NEIGHBOURS = 15
MIN_DIST = 0.1
FEWEST = 5
SEEDS = 2**32  # how many numpy's old generator, which umap-learn uses, can tell apart


class _Epochs:
    """The file that UMAP's own progress bar writes to: hands the epochs on. It never raises, see `_Stoppable`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def write(self, text: str) -> None:
        """Read ``done total`` from the bar."""
        numbers = text.split()
        if len(numbers) == 2 and all(word.isdigit() for word in numbers):
            self._work.report(int(numbers[0]), max(1, int(numbers[1])))

    def flush(self) -> None:
        """Nothing is buffered."""


class _Stoppable(tuple[()]):
    """tqdm's ``lock_args``, which it looks at just before it takes its lock: raises `Stopped` there when asked to stop.

    An exception any later, in the file it writes to, would leave that lock taken, and every other bar of the process waiting.
    """

    work: Work = NOBODY

    def __bool__(self) -> bool:
        """False, so that the lock is taken as usual."""
        self.work.check()
        return False


def umap_plane(units: Float32[np.ndarray, "n d"], *, output_metric: str, seed: int, work: Work = NOBODY) -> Float64[np.ndarray, "n 2"]:
    """UMAP's coordinates (n, 2) in float64 of rows (n, d) of unit length (or 0), apart in `output_metric` (a name of umap-learn's).

    One thread, because several would make the result depend on timing. Raises `HypvizError` for fewer than `FEWEST` tokens, a
    seed of `SEEDS` or more, or coordinates that are not finite, and `Stopped`.
    """
    n = len(units)
    if n < FEWEST:
        raise HypvizError(f"UMAP needs at least {FEWEST} tokens, but got {n}; choose more tokens or the dendrogram layout.")
    if seed >= SEEDS:
        raise HypvizError(f"UMAP's seeds lie below {SEEDS:,}, but the seed is {seed:,}; choose a smaller one.")
    plane = _fitted(units, output_metric, seed, work)
    if not np.isfinite(plane).all():
        raise HypvizError(f"UMAP's {output_metric} coordinates are not finite; choose another seed or another layout.")
    return plane


def _fitted(units: Float32[np.ndarray, "n d"], output_metric: str, seed: int, work: Work) -> Float64[np.ndarray, "n 2"]:
    from hypviz.compiled import PARALLEL

    n, stoppable = len(units), _Stoppable()
    stoppable.work = work
    bar = {"disable": False, "file": _Epochs(work), "bar_format": "{n_fmt} {total_fmt}", "mininterval": 0.2, "lock_args": stoppable}
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
        return np.asarray(reducer.fit_transform(units), dtype=np.float64)
