"""A control: points uniform in a hyperbolic disk of radius 10, which is nearly a tree."""

from __future__ import annotations

from hypviz.hyperbolicity.controls.entry import Control
from hypviz.hyperbolicity.controls.hyperbolic_disk import uniform_in_disk

ENTRY = Control(
    name="H², radius 10",
    label="H², radius 10",
    help="Points uniform in a disk of radius 10 of the hyperbolic plane of curvature −1.",
    order=10,
    distances=uniform_in_disk(10.0),
    stream=0,
)
