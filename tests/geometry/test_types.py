"""The jaxtyping annotations of the geometry are true: the package is imported once more with every call checked."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from jaxtyping import TypeCheckError, install_import_hook


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch):
    for name in [n for n in sys.modules if n == "hypviz.geometry" or n.startswith("hypviz.geometry.")]:
        monkeypatch.delitem(sys.modules, name)
    with install_import_hook("hypviz.geometry", "beartype.beartype"):
        package = importlib.import_module("hypviz.geometry")
    yield package
    for name in [n for n in sys.modules if n == "hypviz.geometry" or n.startswith("hypviz.geometry.")]:
        sys.modules.pop(name)


def test_calls_keep_to_their_annotations(checked) -> None:
    x = np.full((5, 3), 0.1)
    rho, theta = np.linspace(0, 6, 5), np.linspace(-3, 3, 5)
    assert checked.mobius_add(x, -x, c=1.0).shape == checked.logmap0(checked.expmap0(x, c=1.0), c=1.0).shape == (5, 3)
    assert checked.distance(x, -x, c=4.0).shape == checked.hyperbolic_radius(x, c=4.0).shape == checked.conformal_factor(x, c=4.0).shape
    assert checked.polar_distance(rho[:, None], theta[:, None], to_rho=rho, to_theta=theta).shape == (5, 5)
    assert checked.polar_points(checked.disk_points(rho, theta)).rho.shape == (5,)
    assert checked.recentre_polar(rho, theta, centre_rho=1.0, centre_theta=0.5).rho.shape == (5,)
    assert checked.geodesic(from_rho=1.0, from_theta=0.0, to_rho=2.0, to_theta=1.0, n=7).rho.shape == (7,)


def test_float32_and_mismatched_shapes_are_refused(checked) -> None:
    with pytest.raises(TypeCheckError):
        checked.mobius_add(np.zeros((5, 3), dtype=np.float32), np.zeros((5, 3), dtype=np.float32), c=1.0)
    with pytest.raises(TypeCheckError):
        checked.distance(np.zeros((5, 3)), np.zeros((5, 2)), c=1.0)
