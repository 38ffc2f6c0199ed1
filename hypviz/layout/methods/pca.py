"""The layout of the plain reading: angle from the first two principal components, radius from frequency.

In: the raw rows, the most frequent first. Out: a shape. Nothing here is drawn at random.
"""

from __future__ import annotations

from hypviz.layout.parts.principal import principal_angles
from hypviz.layout.parts.radius import radius_share
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import angle_from_components, radius_from_rank
from hypviz.records.layout import LayoutShape
from hypviz.work import NOBODY, Work

STAGES = (Stage(share=1.0, text="finding the principal components"),)


def pca_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape for finite rows; raises `Stopped`."""
    (finding,) = stage_works(work, STAGES)
    theta = principal_angles(rows.values[:], work=finding)
    return LayoutShape(share=radius_share(len(theta)), theta=theta, n_groups=None, n_shortened=0)


ENTRY = LayoutMethod(
    name="pca",
    label="PCA",
    help="angle from two principal components, radius from frequency; keeps next to nothing",
    order=70,
    libraries=("scipy",),
    shape=pca_shape,
    stages=STAGES,
    seconds=lambda n: 0.0,
    radius_from="rank",
    uses_frequency=True,
    radius_sentence=radius_from_rank,
    angle_sentence=angle_from_components,
)
