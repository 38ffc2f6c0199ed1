"""The layout through the ball itself: rows mapped into it by the exponential map, seen from their midpoint, in its first two directions.

In: the raw rows. Out: a shape. arXiv 2410.04010v2, Section 4, takes an embedding for a tangent vector at the origin and the exponential
map for the way into the hyperbolic space. Here this is done in all dimensions by geoopt's Poincaré ball; the isometry that brings the
rows' midpoint to the origin, the logarithm there and two principal components follow (principal geodesic analysis of Fletcher, Lu,
Pizer and Joshi, IEEE TMI 2004, to first order). Nothing here is drawn at random, and frequency plays no part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Float64

from hypviz.geometry import conformal_factor, expmap0, logmap0, mobius_add, weighted_midpoint
from hypviz.layout.parts.principal import principal_angles
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import scaled
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.records.rows import Rows
from hypviz.statistics.rows import row_norms
from hypviz.work import NOBODY, Work

C = 1.0  # dimensionless: the shape does not know another curvature
OUTERMOST = 4.0  # the hyperbolic radius of the longest row
BLOCK = 4_000_000  # numbers mapped at once
TOKEN_SECONDS = 2e-4
STAGES = (Stage(share=0.4, text="mapping into the ball"), Stage(share=0.6, text="finding the principal directions"))


def exponential_map_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape for finite rows: share = distance from the rows' midpoint over the largest; raises `Stopped`."""
    mapping, finding = stage_works(work, STAGES)
    scale = OUTERMOST / 2.0 / max(float(row_norms(rows.values).max()), 1e-300)
    middle, looking = _midpoint(rows.values, scale, mapping.part(0.5)), mapping.part(0.5)
    seen, length = np.empty(rows.values.shape, dtype=np.float32), np.empty(len(rows.values))
    for some in _blocks(rows.values):
        looking.check()
        tangent = logmap0(mobius_add(-middle[None], _mapped(rows.values[some], scale), c=C), c=C)
        seen[some], length[some] = tangent, row_norms(tangent)
        looking.report(some.stop, len(seen))
    theta = principal_angles(seen, about=np.zeros(int(rows.values.shape[1])), work=finding)
    return LayoutShape(share=length / max(length.max(), 1e-300), theta=theta, n_groups=None, n_shortened=0)


def _mapped(values: Float32[np.ndarray, "m d"], scale: float) -> Float64[np.ndarray, "m d"]:
    """The points of the ball that the exponential map makes of rows."""
    return expmap0(scale * values.astype(np.float64), c=C)


def _midpoint(values: Rows, scale: float, work: Work) -> Float64[np.ndarray, " d"]:
    """The weighted midpoint of all mapped rows, as that of the blocks' midpoints.

    On the hyperboloid a block's points add up to its midpoint times the length of their sum (T, X), which is sqrt(T^2 - |X|^2).
    """
    middles: list[np.ndarray] = []
    weights: list[float] = []
    for some in _blocks(values):
        work.check()
        x = _mapped(values[some], scale)
        factor = conformal_factor(x, c=C)
        time, space = float((factor - 1.0).sum()), factor @ x
        middles.append(weighted_midpoint(x, c=C))
        weights.append(math.sqrt(time**2 - float(space @ space)))
        work.report(some.stop, len(values))
    return weighted_midpoint(np.stack(middles), weights=np.array(weights), c=C)


def _blocks(values: Rows) -> Iterator[slice]:
    step = max(1, BLOCK // values.shape[1])
    for start in range(0, len(values), step):
        yield slice(start, min(start + step, len(values)))


def _radius(layout: DiskLayout) -> str:
    return (
        f"Radius from the hyperbolic distance to the midpoint of the rows in the Poincaré ball, {scaled(layout)}; frequency plays no part."
    )


def _angle(layout: DiskLayout) -> str:
    return "Angle from the first two principal directions of the rows, mapped into the ball and seen from their midpoint."


ENTRY = LayoutMethod(
    name="exponential-map",
    label="Exponential map",
    help="rows mapped into the Poincaré ball as the paper maps embeddings, seen from their midpoint",
    order=90,
    libraries=("geoopt", "scipy"),
    shape=exponential_map_shape,
    stages=STAGES,
    seconds=lambda n: n * TOKEN_SECONDS,
    radius_from="layout",
    uses_frequency=False,
    radius_sentence=_radius,
    angle_sentence=_angle,
)
