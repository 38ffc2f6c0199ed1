"""From rows and counts to the two records of the disk: the basis, which does not know R, and the layout placed at one R.

In: `DiskRows`, of a model or of a bare matrix. Out: `LayoutBasis`, `DiskLayout`. Computes and keeps nothing: the store is `disk`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError
from hypviz.layout import by_frequency, centred_units, layout_shape, measure_quality, place, row_norms
from hypviz.layout.parts.placing import n_on_boundary
from hypviz.layout.registry import LIBRARIES, stage
from hypviz.records import Provenance
from hypviz.records.layout import DiskLayout, LayoutBasis, Neighbours

N_NEIGHBOURS = 10
MEASURE_ALL, SAMPLED = 10_000, 1_000  # tokens up to which every token's ranks are looked at, and how many of them beyond
Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]
SMALLEST, LARGEST = 1e-15, 1e15  # of the largest number in a table


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskRows:
    """`values` (n, d) float32 and `counts` (n,) int64, 0 where nothing was counted; `radius_source` as in `LayoutBasis`.

    `has_token` (n,) is False for the rows that are not laid out because they belong to no token, None where all do. `label` and `revision`
    name the origin in the provenance line, `table` one of `TABLES`.
    """

    values: np.ndarray
    counts: np.ndarray
    has_token: np.ndarray | None
    radius_source: str
    table: str
    label: str
    revision: str


def _require_a_scale(values: np.ndarray, label: str) -> None:
    """Refuse rows whose squares float32 does not hold: all of them would be equally near."""
    largest = max(abs(float(values.max())), abs(float(values.min())))
    if largest and not SMALLEST <= largest <= LARGEST:
        raise HypvizError(
            f"The largest number of {label} is {largest:.2g}, whose square float32 does not hold; multiply all rows by one constant that "
            "brings them near 1, which changes no picture."
        )


def build_basis(
    rows: DiskRows, *, method: str, n_tokens: int | None, seed: int, start: float, progress: Progress, should_stop: ShouldStop | None
) -> LayoutBasis:
    """The basis of the `n_tokens` most frequent rows (None: all); `start` is the monotonic clock when reading began.

    Stopped on the way it is the basis of the shape so far, where there is one, and raises `Stopped` where there is none.
    """
    ranked = by_frequency(rows.counts)
    if rows.has_token is not None:
        ranked = ranked[rows.has_token[ranked]]
    chosen = ranked[:n_tokens]
    values = rows.values[chosen]
    if len(values) < 2:
        raise HypvizError(f"A layout needs at least 2 tokens, but {rows.label} has {len(ranked)}; choose another model or matrix.")
    _require_a_scale(values, rows.label)
    units, n_zero = centred_units(values)
    if n_zero == len(values):
        raise HypvizError(f"All {n_zero:,} rows of {rows.label} are equal, so that no token is nearer than another; choose another table.")
    cpu = time.process_time()
    progress(200, 1000, stage(method, 0, 1))

    def shaping(done: int, total: int) -> None:
        part(progress, 200, 800, stage(method, done, total))(done, total)

    shape = layout_shape(method, values, units, seed=seed, progress=shaping, should_stop=should_stop)
    cpu = time.process_time() - cpu
    return LayoutBasis(
        token_ids=chosen,
        counts=rows.counts[chosen],
        radius_source=rows.radius_source,
        table=rows.table,
        method=method,
        seed=seed,
        shape=shape,
        n_zero_rows=n_zero,
        n_without_token=len(rows.values) - len(ranked),
        cpu_seconds=round(cpu, 3),
        provenance=Provenance(
            model=rows.label, revision=rows.revision, seed=seed, versions=versions(method), seconds=time.monotonic() - start
        ),
    )


def place_basis(
    basis: LayoutBasis,
    values: np.ndarray,
    neighbours: Neighbours,
    *,
    radius: float,
    progress: Callable[[int, int], None] | None = None,
    should_stop: ShouldStop | None = None,
) -> DiskLayout:
    """The layout at one radius and its quality; `values` (n, d) are all rows by token id, `neighbours` those of the laid out ones."""
    start = time.monotonic()
    points = place(basis.shape, radius=radius)
    rows = values[basis.token_ids]
    quality, kept = measure_quality(
        centred_units(rows)[0],
        points,
        neighbours,
        basis.counts,
        norms=row_norms(rows),
        seed=basis.seed,
        query=_looked_at(len(rows), basis.seed),
        progress=progress,
        should_stop=should_stop,
    )
    seconds = (basis.provenance.seconds or 0.0) + time.monotonic() - start
    origin = basis.provenance
    return DiskLayout(
        token_ids=basis.token_ids,
        rho=points.rho,
        theta=points.theta,
        counts=basis.counts,
        method=basis.method,
        radius=radius,
        radius_source=basis.radius_source,
        table=basis.table,
        seed=basis.seed,
        n_clipped=n_on_boundary(points),
        n_uncounted=int((basis.counts == 0).sum()),
        n_zero_rows=basis.n_zero_rows,
        n_without_token=basis.n_without_token,
        n_groups=basis.shape.n_groups,
        n_shortened=basis.shape.n_shortened,
        n_rounds=basis.shape.n_rounds,
        n_rounds_done=basis.shape.n_rounds_done,
        kept=kept,
        quality=quality,
        cpu_seconds=basis.cpu_seconds,
        provenance=Provenance(
            model=origin.model, revision=origin.revision, seed=origin.seed, versions=origin.versions, seconds=round(seconds, 3)
        ),
    )


def versions(method: str) -> dict[str, str]:
    """The libraries that decide a layout by `method`, with their versions."""
    return {name: version(name) for name in ("geoopt", "numpy", *LIBRARIES[method])}


def part(progress: Progress, start: int, size: int, text: str) -> Callable[[int, int], None]:
    """A callback that maps (done, total) to the thousandths from `start` to `start + size`."""
    return lambda done, total: progress(start + round(size * done / max(total, 1)), 1000, text)


def _looked_at(n: int, seed: int) -> np.ndarray:
    """The rows whose ranks are looked at: all, or a seeded sample where that would take too long."""
    return np.arange(n) if n <= MEASURE_ALL else np.sort(np.random.default_rng(seed).choice(n, SAMPLED, replace=False))
