"""How true the picture is under two readings of what is near, and whether known families of words stay together in it.

In: a `TruthsSpec`, the question of a layout. Out: `DiskTruths`. The first reading is the one that the layout is measured by anyway; the
second, the cosine without the first principal components, needs neighbours of its own, so that no picture waits for it.
"""

from __future__ import annotations

import numpy as np

from hypviz.geometry import PolarPoints
from hypviz.layout import CentredUnits, Together, centred_units, disk_keys, kept_of_truth, together
from hypviz.records.disk_truths import READINGS, DiskTruths, Families, Truth
from hypviz.records.layout import DiskLayout
from hypviz.records.rows import Rows, RowsAt
from hypviz.records.specs.disk import MatrixRows, TruthsSpec
from hypviz.store import Store
from hypviz.studies.disk.building import libraries_of, looked_at
from hypviz.studies.disk.layout import LAYOUT
from hypviz.studies.disk.neighbours import neighbours_by_rank
from hypviz.studies.disk.rows import values_of
from hypviz.studies.frame import Sitting, Study
from hypviz.vocabulary.taxonomies import FamilyTokens, family_tokens

LAYING, FINDING, MEASURING = 0.1, 0.5, 0.4  # shares of the time; the layout is there as a rule
PLAIN, WITHOUT = READINGS


def _measure(spec: TruthsSpec, sitting: Sitting[DiskTruths]) -> DiskTruths:
    layout = LAYOUT.get(spec.layout, sitting.work.part(LAYING), store=sitting.store).record
    values = RowsAt(values_of(spec.layout.rows), layout.token_ids)
    members = _members(spec, layout, sitting.store)
    first = _first(layout, _together(_likeness(centred_units(values), members), members))
    second = _second(spec, layout, values, members, sitting)
    return DiskTruths(
        truths=(first,) if second is None else (first, second),
        families=_families(layout, members),
        n_tokens=len(layout.token_ids),
        n_queries=layout.quality.n_queries,
        provenance=layout.provenance,
    )


def _first(layout: DiskLayout, found: Together | None) -> Truth:
    """The truth that the layout was measured by."""
    quality = layout.quality
    return Truth(
        without=PLAIN,
        depths=quality.depths,
        kept_at=quality.kept_at,
        chance_at=quality.chance_at,
        trustworthiness=quality.trustworthiness,
        hub_share=layout.hub_share,
        together=None if found is None else found.share,
    )


def _second(spec: TruthsSpec, layout: DiskLayout, values: Rows, members: FamilyTokens, sitting: Sitting[DiskTruths]) -> Truth | None:
    """The other truth; None where nothing is left of the rows without their first components."""
    finding, measuring = sitting.work.part(FINDING, "finding the neighbours again"), sitting.work.part(MEASURING, "measuring")
    units = centred_units(values, without=WITHOUT)
    if units.n_zero == len(values):
        return None
    truth = neighbours_by_rank(spec.layout.rows, layout.token_ids, without=WITHOUT, store=sitting.store, work=finding)
    points, query = PolarPoints(rho=layout.rho, theta=layout.theta), looked_at(len(values), layout.seed, spec.layout, width=values.shape[1])
    kept = kept_of_truth(units.rows, points, truth, query=query, work=measuring)
    found = _together(_likeness(units, members), members)
    return Truth(
        without=WITHOUT,
        depths=truth.depths,
        kept_at=kept.kept_at,
        chance_at=kept.chance_at,
        trustworthiness=kept.trustworthiness,
        hub_share=kept.hub_share,
        together=None if found is None else found.share,
    )


def _members(spec: TruthsSpec, layout: DiskLayout, store: Store) -> FamilyTokens:
    """The laid out tokens of known families, by their row in the layout; none of a bare matrix, whose texts stay behind."""
    if isinstance(spec.layout.rows, MatrixRows):
        return family_tokens((), np.zeros(0, dtype=bool))
    from hypviz.studies.tokens import token_table

    table = token_table(spec.layout.rows.model, store=store)
    ids: list[int] = layout.token_ids.tolist()
    return family_tokens([table.text[i] for i in ids], ~table.is_special[ids])


def _likeness(units: CentredUnits, members: FamilyTokens) -> np.ndarray:
    """Keys (m, m) among the family tokens that grow as the cosine falls."""
    rows = units.rows[members.row].astype(np.float64)
    return -(rows @ rows.T)


def _together(keys: np.ndarray, members: FamilyTokens) -> Together | None:
    return together(keys, members.family, members.word)


def _families(layout: DiskLayout, members: FamilyTokens) -> Families | None:
    """Whether the family tokens stay together in the disk."""
    found = _together(disk_keys(layout.rho[members.row], layout.theta[members.row])(np.arange(len(members.row))), members)
    if found is None:
        return None
    return Families(
        n_families=len(np.unique(members.family)),
        n_words=len(np.unique(members.word)),
        n_tokens=len(members.row),
        k=found.k,
        together=found.share,
        by_chance=found.by_chance,
    )


TRUTHS: Study[TruthsSpec, DiskTruths] = Study(
    kind="disk_truths",
    record=DiskTruths,
    algorithm=1,
    measure=_measure,
    libraries=lambda spec: tuple(dict.fromkeys((*libraries_of(spec.layout.method), "scikit-learn"))),
)
