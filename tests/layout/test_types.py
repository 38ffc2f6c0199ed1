"""The shapes in the layout's annotations are true: its modules are imported once more with every call checked, and every method runs."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
from jaxtyping import TypeCheckError, install_import_hook

import hypviz.layout

SLOW = ("umap", "umap-hyperboloid")  # umap-learn compiles itself first


@pytest.fixture(scope="module")
def checked() -> Iterator[ModuleType]:
    """The package with checks on all but the loops that are compiled."""
    found = list(pkgutil.walk_packages(hypviz.layout.__path__, "hypviz.layout."))  # before any module is taken away, because it imports
    every = [module.name for module in found if not module.ispkg]  # a package's name would stand for all that is in it
    plain = {name: sys.modules.pop(name) for name in list(sys.modules) if name == "hypviz.layout" or name.startswith("hypviz.layout.")}
    with install_import_hook([name for name in every if not name.endswith("_kernels")], "beartype.beartype"):
        for name in every:
            importlib.import_module(name)
        yield importlib.import_module("hypviz.layout")
    for name in [name for name in sys.modules if name == "hypviz.layout" or name.startswith("hypviz.layout.")]:
        sys.modules.pop(name)
    sys.modules.update(plain)


@pytest.mark.parametrize("method", [name for name in hypviz.layout.LAYOUTS if name not in SLOW])
def test_a_layout_and_its_measures_keep_to_their_annotations(checked: ModuleType, method: str) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    units = checked.centred_units(rows).rows
    shape = checked.LAYOUTS[method].shape(checked.LayoutRows(values=rows, units=units), seed=0)
    points, counts = checked.place(shape, radius=4.0), np.arange(60)[::-1].copy()
    truth = checked.true_neighbours(units, depths=(10,))
    found = checked.measure_quality(units, points, truth, counts, norms=np.linalg.norm(rows.astype(np.float64), axis=1), seed=0)
    looked = checked.centred_rows(rows, np.arange(60)).nearest(3, k=10)
    assert found.kept.shape == (60,) and looked.rows.shape == looked.cosine.shape == (10,)


def test_other_types_and_shapes_are_refused(checked: ModuleType) -> None:
    with pytest.raises(TypeCheckError):
        checked.true_neighbours(np.zeros((30, 4)))
    with pytest.raises(TypeCheckError):
        checked.nearest_in_disk(np.zeros(30), np.zeros(29), np.arange(30), k=3)
