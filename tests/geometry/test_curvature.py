"""Conversions of the curvature, against geoopt's own distances in each of its conventions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.geometry import disk_radius, from_dimensionless, to_dimensionless
from hypviz.geometry.curvature import ball, hyperboloid, paper_k, stereographic

CURVATURES = (0.25, 1.0, 4.0)


@pytest.mark.parametrize("c", CURVATURES)
def test_every_model_gives_the_same_distance(c: float) -> None:
    import torch

    a, b = torch.tensor([0.2, -0.1]).double() / math.sqrt(c), torch.tensor([-0.3, 0.25]).double() / math.sqrt(c)
    r, u = a.norm(), b.norm()
    # the law of cosines at curvature -c, from the two distances to the origin and the angle between them
    rho, sigma = 2 * math.atanh(math.sqrt(c) * r), 2 * math.atanh(math.sqrt(c) * u)
    cosine = float(a @ b / (r * u))
    expected = math.acosh(math.cosh(rho) * math.cosh(sigma) - math.sinh(rho) * math.sinh(sigma) * cosine) / math.sqrt(c)
    assert float(ball(c=c).dist(a, b)) == pytest.approx(expected, rel=1e-12)
    assert float(stereographic(c=c).dist(a, b)) == pytest.approx(expected, rel=1e-12)

    def lifted(x: torch.Tensor, radius: float) -> torch.Tensor:
        return torch.cat([torch.tensor([math.cosh(radius)]), x / x.norm() * math.sinh(radius)]).double() / math.sqrt(c)

    assert float(hyperboloid(c=c).dist(lifted(a, rho), lifted(b, sigma))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("c", CURVATURES)
def test_units(c: float) -> None:
    distances = np.array([0.0, 0.5, 3.0])
    assert np.allclose(from_dimensionless(to_dimensionless(distances, c=c), c=c), distances, rtol=1e-15)
    assert to_dimensionless(distances, c=c)[1] == pytest.approx(0.5 * math.sqrt(c))
    assert disk_radius(c=c) ** 2 * c == pytest.approx(1.0)
    assert paper_k(c=c) * c == 1.0


@pytest.mark.parametrize("c", [0.0, -1.0, math.nan, math.inf])
def test_a_curvature_that_is_none_is_refused(c: float) -> None:
    with pytest.raises(HypvizError, match="c > 0"):
        disk_radius(c=c)
