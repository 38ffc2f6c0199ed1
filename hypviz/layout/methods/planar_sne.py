"""The planar t-SNE layout: laid out in the drawn disk itself, because the Poincaré metric is conformal.

In: rows of unit length. Out: a shape in the drawing. The ten nearest by hyperbolic distance are nearly the ten nearest in the drawing,
so neighbours are looked for there, by t-SNE with exact neighbours, and the plane is then spread evenly over the drawn disk. It shows
which tokens are alike. It shows no tree, and how far out a token lies says next to nothing unless springs to the radius of its rank
are asked for (`pull`), which cost neighbours.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.layout.parts.even_disk import even_radii, pushed_apart
from hypviz.layout.parts.planar_descent import descend_in_plane, symmetric_affinities
from hypviz.layout.parts.principal import principal_plane
from hypviz.layout.parts.true_neighbours import similarities
from hypviz.layout.registry import LayoutMethod, LayoutRows, Stage, stage_works
from hypviz.layout.sentences import the_rank
from hypviz.records.layout import DiskLayout, LayoutShape
from hypviz.work import NOBODY, Work

N_NEIGHBOURS = 15
STRONGEST = 0.1  # spring, where the radius is nearly the rank
PAIR_SECONDS, ROUND_SECONDS, COMPILING = 1e-8, 1.5e-4, 5  # a pair of tokens, a token through all rounds, once
STAGES = (
    Stage(share=0.55, text="finding the exact neighbours"),
    Stage(share=0.05, text="finding the principal components"),
    Stage(share=0.4, text="moving tokens in the drawing until neighbours are near; a stop keeps the layout so far"),
)


def planar_sne_shape(rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape:
    """The shape; raises `Stopped` before the first round, and gives what it has reached after that.

    From a given start the seed decides how its points are shaken; else it decides nothing.
    """
    finding, starting, descending = stage_works(work, STAGES)
    near = rows.nearest(N_NEIGHBOURS, finding)
    squared = 2.0 - 2.0 * similarities(rows.units, np.arange(len(near)), near)
    start = principal_plane(rows.units, work=starting) if rows.start is None else _shaken(rows.start, seed)
    wanted = np.sqrt((np.arange(len(near)) + 0.5) / len(near))
    graph = symmetric_affinities(near, np.maximum(squared, 0.0))
    plane = descend_in_plane(start, graph, wanted=wanted, pull=STRONGEST * rows.pull**2, steady=rows.start is not None, work=descending)
    points = pushed_apart(even_radii(plane.points))
    radius = np.hypot(points[:, 0], points[:, 1])
    return LayoutShape(
        share=radius / radius.max(),
        theta=np.arctan2(points[:, 1], points[:, 0]),
        n_groups=None,
        n_shortened=0,
        n_rounds=plane.n_rounds,
        n_rounds_done=plane.n_rounds_done,
        in_drawing=True,
    )


def _shaken(start: Float64[np.ndarray, "n 2"], seed: int) -> Float64[np.ndarray, "n 2"]:
    """The start itself under seed 0, else each point of it moved by a random step of one mean spacing of n points in the disk."""
    if not seed:
        return start
    return start + np.random.default_rng(seed).normal(scale=np.sqrt(np.pi / len(start)), size=start.shape)


def _radius(layout: DiskLayout) -> str:
    if layout.pull:
        return (
            f"Equal areas of the drawn disk hold equally many tokens, the farthest at R = {layout.radius:g}; while neighbours found each "
            f"other, springs of strength {layout.pull:g} drew every token to the radius of {the_rank(layout)}."
        )
    return (
        f"Radius so that equal areas of the drawn disk hold equally many tokens, the farthest at R = {layout.radius:g}; frequency plays no "
        "part in it."
    )


def _angle(layout: DiskLayout) -> str:
    return "Laid out in the drawn disk by t-SNE on the exact nearest neighbours by centred cosine, from principal components on."


ENTRY = LayoutMethod(
    name="planar-sne",
    label="Planar t-SNE",
    help="laid out in the drawn disk itself, neighbours beside neighbours; keeps by far the most of them, shows no tree",
    order=5,
    libraries=("scipy", "numba"),
    shape=planar_sne_shape,
    stages=STAGES,
    seconds=lambda n: n * n * PAIR_SECONDS + n * ROUND_SECONDS + COMPILING,
    radius_from="layout",
    uses_frequency=False,
    radius_sentence=_radius,
    angle_sentence=_angle,
    can_pull=True,
    can_start=True,
)
