"""The layout of the paper's reading: angle from the first two principal components, radius in proportion to the norm of the row.

In: the raw rows. Out: a shape. arXiv 2410.04010v2, Section 3, reads the norm of a row as its distance from the centre, where it finds
frequent and abstract tokens at small norms: rho / R is the norm over the largest norm. Nothing here is drawn at random.
"""

from __future__ import annotations

from hypviz.layout.parts.principal import principal_angles
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import angle_from_components
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.statistics.rows import row_norms
from hypviz.work import NOBODY, Work

STAGES = (Stage(share=1.0, text="finding the principal components"),)


def norm_radius_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape for finite rows: share = norm / largest norm, all 0 where every row is; raises `Stopped`."""
    (finding,) = stage_works(work, STAGES)
    theta, norm = principal_angles(rows.values[:], work=finding), row_norms(rows.values)
    return LayoutShape(share=norm / max(norm.max(), 1e-300), theta=theta, n_groups=None, n_shortened=0)


def _radius(layout: DiskLayout) -> str:
    return f"Radius in proportion to the L2 norm of the row, the largest norm at R = {layout.radius:g}; frequency plays no part in it."


ENTRY = LayoutMethod(
    name="norm-radius",
    label="Norm as radius",
    help="angle from two principal components, radius from the norm, as the paper reads it; keeps next to nothing",
    order=80,
    libraries=("scipy",),
    shape=norm_radius_shape,
    stages=STAGES,
    seconds=lambda n: 0.0,
    radius_from="norm",
    uses_frequency=False,
    radius_sentence=_radius,
    angle_sentence=angle_from_components,
)
