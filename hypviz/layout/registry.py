"""What a layout method is, and `LAYOUTS`: those in `hypviz.layout.methods`, one file each.

In: the rows of a vocabulary. Out: a shape. A file of that package that ends in ``ENTRY = LayoutMethod(...)`` is on the Disk page, in
``python -m hypviz disk --method`` and in docs/LAYOUTS.md; nothing else names it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64, Int64

from hypviz.layout.parts.true_neighbours import true_neighbours
from hypviz.records.layout import DEPTHS, DiskLayout, LayoutShape, Neighbours
from hypviz.records.rows import Rows
from hypviz.registry import Entry, Registry
from hypviz.work import NOBODY, Work

RadiusFrom = Literal["rank", "norm", "layout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutRows:
    """The rows to lay out, the most frequent first: `values` (n, d) as stored, read as they are asked for, `units` (n, d) centred and of
    length 1 (or 0).

    `find` gives their true neighbours where somebody keeps them; None computes them each time. `pull`, 0 to 1, is how strongly a
    method that `can_pull` draws tokens to the radius of their rank. `start` (n, 2) are points of the unit disk at which a method that
    `can_start` begins, None for its own start.
    """

    values: Rows
    units: Float32[np.ndarray, "n d"]
    find: Callable[[Work], Neighbours] | None = None
    pull: float = 0.0
    start: Float64[np.ndarray, "n 2"] | None = None

    def nearest(self, k: int, work: Work = NOBODY) -> Int64[np.ndarray, "n k"]:
        """The k true neighbours of each row (n, k), nearest first, fewer where there are not so many; raises `Stopped`."""
        found = true_neighbours(self.units, work=work) if self.find is None else self.find(work)
        assert k <= DEPTHS[-1]
        return found.nearest[:, :k].astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of a method's work: its `share` of the time (all shares add up to 1), and what is being done, for the progress line."""

    share: float
    text: str


@runtime_checkable
class ShapeOf(Protocol):
    """From rows to a shape; the same seed gives the same one. Raises `Stopped` where a stop leaves nothing to show."""

    def __call__(self, rows: LayoutRows, *, seed: int, work: Work = NOBODY) -> LayoutShape: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutMethod(Entry):
    """One way to lay a vocabulary out.

    `seconds(n)` is a first guess for n tokens on a small machine. `radius_from` says whether the radius is the frequency rank itself,
    the norm of the row itself, or what the layout finds; `uses_frequency` whether frequency decides where a token ends.
    `can_pull`: how much it decides is a choice, `LayoutRows.pull`; `can_start`: it can begin at `LayoutRows.start`. `radius_sentence` and
    `angle_sentence` say of a layout how it was made.
    """

    shape: ShapeOf
    stages: tuple[Stage, ...]
    seconds: Callable[[int], float]
    radius_from: RadiusFrom
    uses_frequency: bool
    radius_sentence: Callable[[DiskLayout], str]
    angle_sentence: Callable[[DiskLayout], str]
    can_pull: bool = False
    can_start: bool = False


LAYOUTS: Registry[LayoutMethod] = Registry("hypviz.layout.methods", LayoutMethod, noun="layout method")


def stage_works(work: Work, stages: tuple[Stage, ...]) -> list[Work]:
    """The work of each stage, in order."""
    return [work.part(stage.share, stage.text) for stage in stages]
