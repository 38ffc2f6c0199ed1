"""Regions of the drawing: in one piece, of tokens that are alike, and the same at every radius."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from hypviz.geometry import PolarPoints
from hypviz.layout import centred_units, find_regions
from hypviz.layout.parts.regions import MOST, MOST_WIDE, _cut, even_radius


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


def _many_kinds(n: int = 60_000) -> tuple[PolarPoints, np.ndarray]:
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 60, n)
    theta = 2.0 * np.pi * (kind + rng.uniform(0.0, 1.0, n)) / 60.0
    rows = np.eye(60, 64)[kind] * 4.0 + np.eye(6, 64)[kind // 10] * 4.0 + rng.normal(size=(n, 64))
    return PolarPoints(rho=4.0 * np.sqrt(rng.uniform(size=n)), theta=theta), centred_units(rows.astype(np.float32)).rows


def test_wide_regions_are_a_cut_of_the_same_tree() -> None:
    points, units = _many_kinds()
    found = find_regions(points, units)
    assert found.region.max() + 1 == MOST == len(found.wide) and found.wide.max() + 1 == MOST_WIDE
    of_token = found.wide[found.region]
    assert (np.diff(np.bincount(of_token)) <= 0).all()
    for code in range(MOST_WIDE):
        some = of_token == code
        mean = units[some].mean(axis=0, dtype=np.float64)
        assert np.allclose(found.typical_of_wide[some], units[some] @ (mean / np.linalg.norm(mean)), atol=1e-5)


def test_where_there_are_few_regions_each_is_a_wide_one() -> None:
    points, units, _ = _three_kinds()
    found = find_regions(points, units)
    assert sorted(found.wide.tolist()) == list(range(found.region.max() + 1))
    assert np.allclose(found.typical, found.typical_of_wide)


def test_a_cut_leaves_as_many_groups_as_are_wanted_and_each_lies_in_one_of_a_later_cut() -> None:
    joins = np.array([[0, 1], [3, 4], [2, 5], [6, 7]])  # of five leaves
    assert _cut(joins, 5, 5).tolist() == [0, 1, 2, 3, 4]
    first = _cut(joins, 5, 4)
    assert first[0] == first[1] and len(set(first.tolist())) == 4
    cuts = [_cut(joins, 5, wanted) for wanted in (5, 4, 3, 2, 1)]
    for finer, coarser in pairwise(cuts):
        assert len(set(coarser.tolist())) == len(set(finer.tolist())) - 1
        assert len({(a, b) for a, b in zip(finer.tolist(), coarser.tolist(), strict=True)}) == len(set(finer.tolist()))
