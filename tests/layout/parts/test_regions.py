"""Regions of the drawing: in one piece, of tokens that are alike, and the same at every radius."""

from __future__ import annotations

import numpy as np

from hypviz.geometry import PolarPoints
from hypviz.layout import centred_units, find_regions
from hypviz.layout.parts.regions import MOST, even_radius


def _three_kinds(n: int = 900) -> tuple[PolarPoints, np.ndarray, np.ndarray]:
    """Tokens of three directions in three sectors of the disk, and which is which."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, n)
    theta = 2.0 * np.pi * (kind + rng.uniform(0.02, 0.98, n)) / 3.0
    rows = np.eye(3, 12)[kind] * 5.0 + rng.normal(size=(n, 12))
    return PolarPoints(rho=rng.uniform(0.1, 4.0, n), theta=theta), centred_units(rows.astype(np.float32)).rows, kind


def test_a_border_runs_where_directions_change() -> None:
    points, units, kind = _three_kinds()
    found = find_regions(points, units)
    n_regions = found.region.max() + 1
    purity = sum(np.bincount(kind[found.region == code]).max() for code in range(n_regions)) / len(kind)
    assert 3 <= n_regions <= MOST and purity > 0.9


def test_the_radius_changes_nothing() -> None:
    points, units, _ = _three_kinds()
    wider = PolarPoints(rho=np.sinh(points.rho), theta=points.theta)
    assert find_regions(points, units).region.tolist() == find_regions(wider, units).region.tolist()
    assert np.allclose(np.sort(even_radius(points.rho)) ** 2, (np.arange(900) + 0.5) / 900)


def test_typical_is_the_cosine_with_the_mean_row_and_the_largest_comes_first() -> None:
    points, units, _ = _three_kinds()
    found = find_regions(points, units)
    size = np.bincount(found.region)
    assert (np.diff(size) <= 0).all() and found.region.dtype == np.uint8
    for code in range(len(size)):
        mean = units[found.region == code].mean(axis=0, dtype=np.float64)
        assert np.allclose(found.typical[found.region == code], units[found.region == code] @ (mean / np.linalg.norm(mean)), atol=1e-5)


def test_few_tokens_are_one_region_and_tokens_in_one_place_are_no_fault() -> None:
    rng = np.random.default_rng(1)
    units = centred_units(rng.normal(size=(300, 4)).astype(np.float32)).rows
    few = find_regions(PolarPoints(rho=np.ones(40), theta=np.zeros(40)), units[:40])
    assert (few.region == 0).all() and len(few.typical) == 40
    line = find_regions(PolarPoints(rho=np.linspace(0, 3, 300), theta=np.zeros(300)), units)
    assert len(line.region) == 300 and np.isfinite(line.typical).all()
    nothing = find_regions(PolarPoints(rho=np.ones(300), theta=np.zeros(300)), np.zeros((300, 4), dtype=np.float32))
    assert (nothing.typical == 0).all()
