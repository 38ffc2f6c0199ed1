"""The layout through the ball: radii are hyperbolic distances from the midpoint, whatever the blocks; directions are those of the plane."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.geometry import distance, expmap0, mobius_add, weighted_midpoint
from hypviz.layout.methods import exponential_map
from tests.layout.shaping import shape_of


def _rows(n: int, d: int) -> np.ndarray:
    return (np.random.default_rng(3).normal(size=(n, d)) + 1.0).astype(np.float32)


def test_the_radius_is_the_distance_from_the_midpoint_of_the_mapped_rows() -> None:
    rows = _rows(200, 9)
    longest = np.linalg.norm(rows.astype(np.float64), axis=1).max()
    x = expmap0(rows.astype(np.float64) * exponential_map.OUTERMOST / 2.0 / longest, c=1.0)
    apart = distance(x, weighted_midpoint(x, c=1.0)[None], c=1.0)
    assert np.allclose(shape_of("exponential-map", rows).share, apart / apart.max(), rtol=1e-9)


def test_in_two_dimensions_it_is_the_ball_itself_seen_from_the_midpoint() -> None:
    rows = _rows(150, 2)
    longest = np.linalg.norm(rows.astype(np.float64), axis=1).max()
    x = expmap0(rows.astype(np.float64) * exponential_map.OUTERMOST / 2.0 / longest, c=1.0)
    seen = mobius_add(-weighted_midpoint(x, c=1.0)[None], x, c=1.0)
    turned = shape_of("exponential-map", rows).theta - np.arctan2(seen[:, 1], seen[:, 0])
    mirrored = shape_of("exponential-map", rows).theta + np.arctan2(seen[:, 1], seen[:, 0])
    spread = min(np.abs(np.exp(1j * angles) - np.exp(1j * angles[0])).max() for angles in (turned, mirrored))
    assert spread < 1e-4  # one rotation, perhaps after a mirror, for all


@pytest.mark.parametrize("block", [9, 90, 10_000])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    whole = shape_of("exponential-map", _rows(60, 9))
    monkeypatch.setattr(exponential_map, "BLOCK", block)
    parts = shape_of("exponential-map", _rows(60, 9))
    assert np.allclose(whole.share, parts.share, rtol=1e-10) and np.allclose(whole.theta, parts.theta, atol=1e-5)


def test_rows_of_nothing_lie_in_the_middle() -> None:
    assert shape_of("exponential-map", np.zeros((6, 3), dtype=np.float32)).share.tolist() == [0.0] * 6
