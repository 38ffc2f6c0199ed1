"""What frequency costs: the same vocabulary at every pull of its method, neighbours kept against the order of radius and frequency.

In: a `LayoutSpec`. Out: a `Frontier`. Each of its points is a layout of its own, kept in the store where the dial finds it.
"""

from __future__ import annotations

import dataclasses

from hypviz.records.frontier import Frontier, FrontierPoint
from hypviz.records.layout import DiskLayout
from hypviz.records.specs.disk import LayoutSpec
from hypviz.store import Store
from hypviz.studies.disk.layout import LAYOUT, lay_out
from hypviz.work import NOBODY, Work

PULLS = (0.0, 0.25, 0.5, 0.75, 1.0)


def at_every_pull(spec: LayoutSpec) -> tuple[LayoutSpec, ...]:
    """The questions behind the points."""
    return tuple(dataclasses.replace(spec, pull=pull) for pull in PULLS)


def known_frontier(spec: LayoutSpec, *, store: Store | None = None) -> Frontier | None:
    """The points that the store has, without computing any; None where it has none."""
    found = [layout for each in at_every_pull(spec) if (layout := LAYOUT.stored(each, store=store)) is not None]
    return frontier_of(found) if found else None


def missing_pulls(spec: LayoutSpec, *, store: Store | None = None) -> tuple[float, ...]:
    """The pulls whose layouts the store has not."""
    return tuple(each.pull for each in at_every_pull(spec) if LAYOUT.stored(each, store=store) is None)


def find_frontier(spec: LayoutSpec, work: Work = NOBODY, *, store: Store | None = None) -> Frontier:
    """Every point, the missing ones laid out; `work` is handed what is there. Raises `HypvizError` and `Stopped`; whole layouts stay."""
    found: list[DiskLayout] = []
    for each in at_every_pull(spec):
        one = lay_out(each, work.part(1.0 / len(PULLS), f"frequency at {each.pull:g}"), store=store).record
        work.check()
        found.append(one)
        work.hand_out(frontier_of(found))
    return frontier_of(found)


def frontier_of(layouts: list[DiskLayout]) -> Frontier:
    """The points of finished layouts of the same tokens, one or more."""
    first = layouts[0].quality
    points = [
        FrontierPoint(pull=one.pull, kept_at=one.quality.kept_at, depths=one.quality.depths, radius_spearman=one.quality.radius_spearman)
        for one in layouts
    ]
    return Frontier(points=tuple(points), n_tokens=first.n_tokens, k=first.k, kept_by_chance=first.kept_by_chance)
