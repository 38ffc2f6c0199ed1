"""Shapes by the name of their method, for tests that have nothing but unit rows."""

from __future__ import annotations

import numpy as np

from hypviz.layout import LAYOUTS, LayoutRows
from hypviz.records.layout import LayoutShape
from hypviz.work import NOBODY, Work


def shape_of(method: str, units: np.ndarray, *, values: np.ndarray | None = None, seed: int = 0, work: Work = NOBODY) -> LayoutShape:
    """The shape by that method of `units` (n, d), with `values` for methods that look at the raw rows."""
    raw = units if values is None else values
    return LAYOUTS.require(method).shape(LayoutRows(values=raw.astype(np.float32), units=units.astype(np.float32)), seed=seed, work=work)
