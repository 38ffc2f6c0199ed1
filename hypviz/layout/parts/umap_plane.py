"""umap-learn in two dimensions, run so that it tells how far it is, can be stopped, and never meets another numba call.

In: rows of unit length. Out: UMAP's own coordinates, on the exact neighbours. McInnes, Healy and Melville, UMAP, arXiv 1802.03426.
numba's fall-back threading layer aborts the process when two threads enter it, so the process's one lock, `compiled.PARALLEL`, stands
around every call.
"""

from __future__ import annotations

import warnings

import numpy as np
from jaxtyping import Float32, Float64, Int32

from hypviz.errors import HypvizError
from hypviz.layout.parts.true_neighbours import similarities
from hypviz.layout.registry import LayoutRows
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


def umap_plane(
    rows: LayoutRows, *, output_metric: str, seed: int, finding: Work = NOBODY, fitting: Work = NOBODY
) -> Float64[np.ndarray, "n 2"]:
    """UMAP's coordinates (n, 2) in float64 of rows (n, d), apart in `output_metric` (a name of umap-learn's).

    `finding` is the work of looking for neighbours, `fitting` that of UMAP itself.

    One thread, because several would make the result depend on timing. Raises `HypvizError` for fewer than `FEWEST` tokens, a
    seed of `SEEDS` or more, or coordinates that are not finite, and `Stopped`.
    """
    n = len(rows.units)
    if n < FEWEST:
        raise HypvizError(f"UMAP needs at least {FEWEST} tokens, but got {n}; choose more tokens or the dendrogram layout.")
    if seed >= SEEDS:
        raise HypvizError(f"UMAP's seeds lie below {SEEDS:,}, but the seed is {seed:,}; choose a smaller one.")
    plane = _fitted(rows.units, _known(rows, finding), output_metric, seed, fitting)
    if not np.isfinite(plane).all():
        raise HypvizError(f"UMAP's {output_metric} coordinates are not finite; choose another seed or another layout.")
    return plane


def _known(rows: LayoutRows, work: Work) -> tuple[Int32[np.ndarray, "n k"], Float32[np.ndarray, "n k"]]:
    """The neighbours of each row as umap-learn takes them, itself the first, and their cosine distances."""
    n = len(rows.units)
    own = np.arange(n)
    near = rows.nearest(min(N_NEIGHBOURS, n - 1) - 1, work)
    indices = np.concatenate([own[:, None], near], axis=1)
    distances = np.maximum(1.0 - similarities(rows.units, own, indices), 0.0)
    distances[:, 0] = 0.0
    return indices.astype(np.int32), distances.astype(np.float32)


def _fitted(
    units: Float32[np.ndarray, "n d"],
    known: tuple[Int32[np.ndarray, "n k"], Float32[np.ndarray, "n k"]],
    output_metric: str,
    seed: int,
    work: Work,
) -> Float64[np.ndarray, "n 2"]:
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
            precomputed_knn=known,
            tqdm_kwds=bar,
        )
        return np.asarray(reducer.fit_transform(units), dtype=np.float64)
