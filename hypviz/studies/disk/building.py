"""From ranked rows to the two records of the disk: the basis, which does not know R, and the layout placed at one R.

In: `RankedRows`, of a model or of a bare matrix. Out: `LayoutBasis`, `DiskLayout`. Reads and keeps nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from hypviz.errors import HypvizError
from hypviz.geometry import PolarPoints
from hypviz.layout import (
    LAYOUTS,
    CentredUnits,
    LayoutRows,
    Measured,
    Regions,
    by_frequency,
    centred_units,
    find_regions,
    measure_quality,
    n_on_boundary,
    place,
)
from hypviz.records import Provenance
from hypviz.records.layout import DiskLayout, LayoutBasis, LayoutShape, Neighbours
from hypviz.records.limits import LAID_OUT
from hypviz.records.rows import Rows, RowsAt
from hypviz.records.specs.disk import LayoutSpec
from hypviz.statistics.rows import row_norms
from hypviz.studies.disk.ranks import RankedRows
from hypviz.work import NOBODY, Work

FindNeighbours = Callable[[Int64[np.ndarray, " n"], Work], Neighbours]
PRODUCTS = 60_000_000_000  # of numbers, that looking at all ranks may take: a second or two
SMALLEST, LARGEST = 1e-15, 1e15  # of the largest number in a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The rows that are laid out, by rank: their numbers `ids` (n,), `values` (n, d) and directions; and how many have no token."""

    ids: Int64[np.ndarray, " n"]
    values: Rows
    units: CentredUnits
    n_without_token: int


def libraries_of(method: str) -> tuple[str, ...]:
    """The distributions that decide ranks and layout by `method`; `HypvizError` for a method that there is not."""
    return tuple(dict.fromkeys(("numpy", "scipy", *LAYOUTS.require(method).libraries)))


def build_basis(
    rows: RankedRows,
    *,
    method: str,
    pull: float,
    n_tokens: int | None,
    seed: int,
    provenance: Provenance,
    find: FindNeighbours,
    start: LayoutShape | None = None,
    work: Work = NOBODY,
) -> LayoutBasis:
    """The basis of the `n_tokens` most frequent rows (None: all); `provenance` lacks the seconds that this takes.

    `find` gives the true neighbours of rows by their numbers, for methods that ask for them. `start` is the shape of as many points that
    the layout begins with, None for the method's own; `HypvizError` for one of another size.

    Stopped on the way it is the basis of the shape so far, where there is one, and raises `Stopped` where there is none.
    """
    began = time.monotonic()
    chosen = _chosen(rows, n_tokens)
    cpu = time.process_time()
    work.report(0, 1, LAYOUTS.require(method).stages[0].text)
    shape = LAYOUTS.require(method).shape(_handed(chosen, find, pull, start), seed=seed, work=work)
    return LayoutBasis(
        token_ids=chosen.ids,
        counts=rows.counts[chosen.ids],
        radius_source=rows.radius_source,
        probe=rows.probe,
        table=rows.table,
        method=method,
        pull=pull,
        seed=seed,
        shape=shape,
        n_zero_rows=chosen.units.n_zero,
        n_without_token=chosen.n_without_token,
        n_untrained=rows.n_untrained,
        cpu_seconds=round(time.process_time() - cpu, 3),
        provenance=_longer(provenance, time.monotonic() - began),
    )


def place_basis(basis: LayoutBasis, values: Rows, neighbours: Neighbours, spec: LayoutSpec, *, work: Work = NOBODY) -> DiskLayout:
    """The layout at the spec's radius and its quality; `values` (n_rows, d) are all rows, `neighbours` those of the laid out ones."""
    start = time.monotonic()
    points = place(basis.shape, radius=spec.radius)
    rows = RowsAt(values, basis.token_ids)
    units = centred_units(rows).rows
    regions = find_regions(points, units)
    measured = measure_quality(
        units,
        points,
        neighbours,
        basis.counts,
        norms=row_norms(rows),
        seed=basis.seed,
        query=looked_at(len(rows), basis.seed, spec, width=rows.shape[1]),
        work=work,
    )
    return _layout(basis, spec, points, regions, measured, time.monotonic() - start)


def _layout(basis: LayoutBasis, spec: LayoutSpec, points: PolarPoints, regions: Regions, measured: Measured, seconds: float) -> DiskLayout:
    """The record, of what the basis carries over and what was found at this radius."""
    return DiskLayout(
        token_ids=basis.token_ids,
        rho=points.rho,
        theta=points.theta,
        counts=basis.counts,
        method=basis.method,
        pull=basis.pull,
        radius=spec.radius,
        radius_source=basis.radius_source,
        probe=basis.probe,
        table=basis.table,
        seed=basis.seed,
        n_clipped=n_on_boundary(points),
        n_uncounted=int((basis.counts == 0).sum()),
        n_zero_rows=basis.n_zero_rows,
        n_without_token=basis.n_without_token,
        n_untrained=basis.n_untrained,
        n_groups=basis.shape.n_groups,
        n_shortened=basis.shape.n_shortened,
        n_rounds=basis.shape.n_rounds,
        n_rounds_done=basis.shape.n_rounds_done,
        kept=measured.kept,
        region=regions.region,
        typical=regions.typical,
        wide=regions.wide,
        typical_of_wide=regions.typical_of_wide,
        in_degree=measured.in_degree,
        quality=measured.quality,
        cpu_seconds=basis.cpu_seconds,
        provenance=_longer(basis.provenance, seconds),
    )


def _chosen(rows: RankedRows, n_tokens: int | None) -> Chosen:
    if n_tokens is not None:
        LAID_OUT.check(n_tokens)
    ranked = by_frequency(rows.counts, score=rows.score)
    if rows.taking_part is not None:
        ranked = ranked[rows.taking_part[ranked]]
    ids = ranked[:n_tokens]
    values = RowsAt(rows.values, ids)
    if len(values) < 2:
        raise HypvizError(f"A layout needs at least 2 tokens, but {rows.label} has {len(ranked)}; choose another model or matrix.")
    units = centred_units(values)
    _require_a_scale(units, rows.label)
    if units.n_zero == len(values):
        raise HypvizError(
            f"All {units.n_zero:,} rows of {rows.label} are equal, so that no token is nearer than another; choose another table."
        )
    return Chosen(ids=ids, values=values, units=units, n_without_token=len(rows.values) - len(ranked) - rows.n_untrained)


def _require_a_scale(units: CentredUnits, label: str) -> None:
    """Refuse rows whose squares float32 does not hold: all of them would be equally near."""
    if units.largest and not SMALLEST <= units.largest <= LARGEST:
        raise HypvizError(
            f"The largest number of {label} is {units.largest:.2g}, whose square float32 does not hold; multiply all rows by one constant "
            "that brings them near 1, which changes no picture."
        )


def _handed(chosen: Chosen, find: FindNeighbours, pull: float, start: LayoutShape | None) -> LayoutRows:
    """What a method is given."""
    return LayoutRows(
        values=chosen.values,
        units=chosen.units.rows,
        find=lambda finding: find(chosen.ids, finding),
        pull=pull,
        start=None if start is None else _points_of(start, len(chosen.ids)),
    )


def _points_of(start: LayoutShape, n: int) -> Float64[np.ndarray, "n 2"]:
    """The points of a shape in the unit disk."""
    if len(start.share) != n:
        raise HypvizError(f"A layout of {n:,} tokens cannot start from one of {len(start.share):,}; lay out the same tokens in both.")
    return np.stack([start.share * np.cos(start.theta), start.share * np.sin(start.theta)], axis=1).astype(np.float64)


def _longer(provenance: Provenance, seconds: float) -> Provenance:
    """The same origin after `seconds` more."""
    return Provenance(
        model=provenance.model,
        revision=provenance.revision,
        seed=provenance.seed,
        versions=provenance.versions,
        seconds=round((provenance.seconds or 0.0) + seconds, 3),
    )


def looked_at(n: int, seed: int, spec: LayoutSpec, *, width: int) -> Int64[np.ndarray, " m"]:
    """The rows of `width` numbers whose ranks are looked at: all, or a seeded sample where that would take too long."""
    m = n_looked_at(n, spec, width=width)
    return np.arange(n) if m == n else np.sort(np.random.default_rng(seed).choice(n, m, replace=False))


def n_looked_at(n: int, spec: LayoutSpec, *, width: int) -> int:
    """Of how many of `n` rows of `width` numbers the ranks are looked at."""
    is_every = n <= min(spec.measure_all, spec.sampled) or (n <= spec.measure_all and n * n * width <= PRODUCTS)
    return n if is_every else spec.sampled
