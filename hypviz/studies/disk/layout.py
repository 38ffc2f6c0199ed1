"""Lay a vocabulary out in the disk and measure what the disk keeps: of a model, or of a bare matrix.

In: a `LayoutSpec`. Out: a `DiskLayout`. Two records are kept in the store beside the true neighbours of the rows: the basis (counts and
shape), which is the slow part and does not know R, and the placed layout with its quality at one R. Rows that no token has are not laid
out. A layout that was stopped on the way is kept too, under what it had reached. Ranks come from counts over a corpus or a table of
words, or from a file beside a matrix; tokens that were never counted follow by what a probe of their rows predicts. Without counts the
token id or the row order stands in for the rank. The record says which.
"""

from __future__ import annotations

import dataclasses
import time

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.layout import LAYOUTS, n_on_boundary, place, require_radius
from hypviz.records import Provenance
from hypviz.records.disk_scene import NOTHING
from hypviz.records.layout import DiskLayout, LayoutBasis, LayoutShape
from hypviz.records.limits import LAID_OUT, PULL, SEED
from hypviz.records.specs.disk import BasisSpec, LayoutSpec, StoppedBasis
from hypviz.store import Lookup, Store
from hypviz.studies.disk.building import build_basis, libraries_of, place_basis
from hypviz.studies.disk.neighbours import neighbours_by_rank
from hypviz.studies.disk.ranks import ranked_rows
from hypviz.studies.disk.rows import values_of
from hypviz.studies.frame import Sitting, Study
from hypviz.work import NOBODY, STOPPED, Work

READING, SHAPING = 0.2, 0.8  # of the basis
BASIS_SHARE = 0.8  # of a layout for which nothing is stored yet
NEIGHBOURS_SHARE = 0.55  # of measuring


def lay_out(spec: LayoutSpec, work: Work = NOBODY, *, store: Store | None = None) -> Lookup[DiskLayout]:
    """The layout, or as far as it had come when it was stopped; raises `HypvizError`, and `Stopped` where there is nothing to show."""
    require_radius(spec.radius)
    _check(spec.basis)
    basis = BASIS.get(spec.basis, work.part(BASIS_SHARE), store=store)
    measuring = work.part(1.0 - BASIS_SHARE)
    return at_radius(spec, basis, measuring if basis.record.shape.is_finished else measuring.unstoppable(), store=store)


def at_radius(spec: LayoutSpec, basis: Lookup[LayoutBasis], work: Work = NOBODY, *, store: Store | None = None) -> Lookup[DiskLayout]:
    """The layout on a basis that is there, finished or not, at the spec's radius; raises `HypvizError` and `Stopped`."""
    found = LAYOUT.get(resting_on(spec, basis), work, store=store)
    return dataclasses.replace(found, notice=basis.notice or found.notice)


def unmeasured(spec: LayoutSpec, before: DiskLayout, *, store: Store | None = None) -> DiskLayout | None:
    """A layout moved to the spec's radius before anything is measured there; None where it does not rest on the spec's basis.

    `kept` says of no token how many neighbours it keeps; `quality` is that of the radius before, and holds of this one no more.
    """
    basis = BASIS.stored(spec.basis, store=store)
    if basis is None or not _rests_on(before, basis):
        return None
    points = place(basis.shape, radius=spec.radius)
    kept = np.full(len(before.token_ids), NOTHING, dtype=np.uint8)
    n_clipped = n_on_boundary(points)
    return dataclasses.replace(before, rho=points.rho, theta=points.theta, radius=spec.radius, n_clipped=n_clipped, kept=kept)


def _rests_on(layout: DiskLayout, basis: LayoutBasis) -> bool:
    asked = (basis.method, basis.pull, basis.table, basis.seed, basis.radius_source, basis.shape.n_rounds_done)
    made = (layout.method, layout.pull, layout.table, layout.seed, layout.radius_source, layout.n_rounds_done)
    return asked == made and np.array_equal(layout.token_ids, basis.token_ids)


def resting_on(spec: LayoutSpec, basis: Lookup[LayoutBasis]) -> LayoutSpec:
    """The question of the layout on that basis, which is another one where the basis was stopped on the way."""
    return spec if basis.record.shape.is_finished else dataclasses.replace(spec, stopped=StoppedBasis(basis=basis.record))


def _check(spec: BasisSpec) -> None:
    """`HypvizError` for numbers that no layout has, before a row is read."""
    SEED.check(spec.seed)
    if spec.n_tokens is not None:
        LAID_OUT.check(spec.n_tokens)


def _lay_basis(spec: BasisSpec, sitting: Sitting[LayoutBasis]) -> LayoutBasis:
    _check(spec)
    _require_able(spec)
    began = time.monotonic()
    start = _start(spec, sitting)
    reading, shaping = sitting.work.part(READING), sitting.work.part(SHAPING)
    rows = ranked_rows(spec, reading, store=sitting.store)
    return build_basis(
        rows,
        method=spec.method,
        pull=spec.pull,
        n_tokens=spec.n_tokens,
        seed=spec.seed,
        provenance=Provenance(
            model=rows.label, revision=rows.revision, seed=spec.seed, versions=sitting.versions, seconds=time.monotonic() - began
        ),
        find=lambda ids, finding: neighbours_by_rank(spec.rows, ids, store=sitting.store, work=finding),
        start=start,
        work=shaping,
    )


def _start(spec: BasisSpec, sitting: Sitting[LayoutBasis]) -> LayoutShape | None:
    """The shape that the layout begins with, whole; None for the method's own start."""
    if spec.start is None:
        return None
    found = BASIS.get(spec.start, sitting.work.part(0.0), store=sitting.store).record.shape
    if not found.is_finished:
        raise Stopped(STOPPED)
    return found


def _require_able(spec: BasisSpec) -> None:
    """Refuse a pull that is no share, and a pull or a start that the method does not know."""
    if spec.start is not None and not LAYOUTS.require(spec.method).can_start:
        able = ", ".join(name for name, method in LAYOUTS.items() if method.can_start)
        raise HypvizError(f"The layout {spec.method} cannot start from another one; choose {able}.")
    PULL.check(spec.pull)
    if spec.pull and not LAYOUTS.require(spec.method).can_pull:
        able = ", ".join(name for name, method in LAYOUTS.items() if method.can_pull)
        raise HypvizError(f"The layout {spec.method} cannot be told how much frequency decides; leave that at 0, or choose {able}.")


def _place(spec: LayoutSpec, sitting: Sitting[DiskLayout]) -> DiskLayout:
    require_radius(spec.radius)
    basis = spec.stopped.basis if spec.stopped is not None else BASIS.get(spec.basis, sitting.work, store=sitting.store).record
    if not basis.shape.is_finished and spec.stopped is None:
        raise Stopped(STOPPED)
    finding = sitting.work.part(NEIGHBOURS_SHARE, "finding the true neighbours")
    neighbours = neighbours_by_rank(spec.rows, basis.token_ids, store=sitting.store, work=finding)
    measuring = sitting.work.part(1.0 - NEIGHBOURS_SHARE, "measuring")
    return place_basis(basis, values_of(spec.rows), neighbours, spec, work=measuring)


BASIS: Study[BasisSpec, LayoutBasis] = Study(
    kind="disk_basis",
    record=LayoutBasis,
    algorithm=9,
    measure=_lay_basis,
    libraries=lambda spec: libraries_of(spec.method),
    is_whole=lambda basis: basis.shape.is_finished,
)
LAYOUT: Study[LayoutSpec, DiskLayout] = Study(
    kind="disk_layout",
    record=DiskLayout,
    algorithm=12,
    measure=_place,
    libraries=lambda spec: tuple(dict.fromkeys((*libraries_of(spec.method), "scikit-learn"))),
)
