"""The neighbours of rows: the true ones of all that are laid out, stored once, and those of one token with what the disk keeps of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from hypviz.geometry import polar_distance
from hypviz.layout import CentredRows, centred_rows, centred_units, nearest_in_disk, true_neighbours
from hypviz.records import Record
from hypviz.records.layout import DiskLayout, Neighbours
from hypviz.records.models import Embeddings
from hypviz.records.rows import RowsAt
from hypviz.records.specs.disk import N_NEIGHBOURS, MatrixRows, ModelRows, NeighboursSpec, RowNumbers
from hypviz.store import Store
from hypviz.studies.disk.rows import values_of
from hypviz.studies.frame import Sitting, Study
from hypviz.work import NOBODY, Work

PREPARING = 0.05  # of the work is taking off mean and components, about


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenNeighbours(Record):
    """The ten nearest rows to one token by centred cosine, nearest first; `in_disk` says which the disk keeps among its ten.

    Of rows that are equally near as the tenth, those that the disk keeps are shown.
    """

    row: int
    nearest: np.ndarray
    cosine: np.ndarray
    in_disk: np.ndarray
    distance: np.ndarray


def _measure(spec: NeighboursSpec, sitting: Sitting[Neighbours]) -> Neighbours:
    preparing, finding = sitting.work.part(PREPARING), sitting.work.part(1.0 - PREPARING)
    units = centred_units(RowsAt(values_of(spec.rows), spec.among.ids), without=spec.without, work=preparing)
    return true_neighbours(units.rows, depths=spec.depths, work=finding)


NEIGHBOURS: Study[NeighboursSpec, Neighbours] = Study(
    kind="disk_neighbours", record=Neighbours, algorithm=2, measure=_measure, libraries=lambda spec: ("numpy",)
)


def neighbours_by_rank(
    rows: ModelRows | MatrixRows, token_ids: Int[np.ndarray, " n"], *, without: int = 0, store: Store | None = None, work: Work = NOBODY
) -> Neighbours:
    """Stored or computed, for the rows `token_ids` (n,) in that order, `without` as in `NeighboursSpec`; raises `Stopped`.

    They are kept in the order of the ids, so that other counts of the same tokens find them again.
    """
    ascending = np.argsort(token_ids, kind="stable")
    asked = NeighboursSpec(rows=rows, among=RowNumbers(ids=token_ids[ascending]), without=without)
    found = NEIGHBOURS.get(asked, work, store=store).record
    place = np.empty(len(token_ids), dtype=np.int64)
    place[ascending] = np.arange(len(token_ids))
    return Neighbours(
        nearest=ascending[found.nearest[place]].astype(np.int32),
        depths=found.depths,
        least=found.least[place],
        n_as_near=found.n_as_near[place],
    )


def layout_rows(embeddings: Embeddings, layout: DiskLayout) -> CentredRows:
    """The rows that are laid out, prepared for looking up neighbours; `embeddings` of the layout's table."""
    return centred_rows(embeddings.values, layout.token_ids)


def token_neighbours(rows: CentredRows, layout: DiskLayout, row: int) -> TokenNeighbours:
    """The neighbours of the token in `row` of the layout, in the original space (`rows` of the layout's table) and in the disk."""
    near_here = nearest_in_disk(layout.rho, layout.theta, np.array([row]), k=N_NEIGHBOURS)[0]
    found = rows.nearest(row, k=N_NEIGHBOURS, among_equals=near_here)
    to_rho, to_theta = float(layout.rho[row]), float(layout.theta[row])
    return TokenNeighbours(
        row=row,
        nearest=found.rows,
        cosine=found.cosine,
        in_disk=np.isin(found.rows, near_here),
        distance=polar_distance(layout.rho[found.rows], layout.theta[found.rows], to_rho=to_rho, to_theta=to_theta),
    )
