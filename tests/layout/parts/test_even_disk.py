"""The even disk: equal areas hold equally many, order and directions stay, and close pairs part without leaving the disk."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from hypviz.layout.parts.even_disk import CLOSE, even_radii, pushed_apart


def test_equal_areas_hold_equally_many_and_directions_stay() -> None:
    points = np.random.default_rng(0).standard_cauchy(size=(4000, 2))
    even = even_radii(points)
    radius = np.hypot(*even.T)
    assert radius.max() < 1.0
    counts = np.histogram(radius**2, bins=10, range=(0, 1))[0]
    assert (counts == 400).all()
    assert np.array_equal(np.argsort(radius), np.argsort(np.hypot(*points.T)))
    np.testing.assert_allclose(np.arctan2(*even.T), np.arctan2(*points.T), atol=1e-12)


def test_close_pairs_part_and_nobody_leaves_the_disk() -> None:
    even = even_radii(np.random.default_rng(1).normal(size=(2000, 2)))
    parted = pushed_apart(even)
    least = CLOSE * np.sqrt(np.pi / 2000)
    assert np.hypot(*parted.T).max() < 1.0
    assert len(cKDTree(parted).query_pairs(0.5 * least)) < 0.2 * len(cKDTree(even).query_pairs(0.5 * least))
    assert np.abs(parted - even).max() < 3 * least
    far = cKDTree(even).query(even, k=2)[0][:, 1] > 3 * least
    assert np.array_equal(parted[far], even[far])


def test_points_on_each_other_part() -> None:
    parted = pushed_apart(np.zeros((5, 2)))
    assert len(np.unique(parted.round(9), axis=0)) == 5 and np.isfinite(parted).all()
