"""A control: points uniform in a hyperbolic disk of radius 2, which is hardly a tree."""

from __future__ import annotations

from hypviz.hyperbolicity.controls.entry import Control
from hypviz.hyperbolicity.controls.hyperbolic_disk import uniform_in_disk

ENTRY = Control(
    name="H², radius 2",
    label="H², radius 2",
    help="Points uniform in a disk of radius 2 of the hyperbolic plane of curvature −1.",
    order=20,
    distances=uniform_in_disk(2.0),
    stream=1,
)
