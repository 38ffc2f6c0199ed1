"""Dimensions of points whose dimension is known."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.hyperbolicity import euclidean_distances
from hypviz.measures import effective_dimension, two_nn_dimension


@pytest.mark.parametrize("d", [1, 2, 3])
def test_even_points_of_a_cube_have_its_dimension(d: int) -> None:
    points = np.random.default_rng(0).random((2000, d))
    found = two_nn_dimension(euclidean_distances(points @ np.random.default_rng(1).normal(size=(d, 12))))
    assert found == pytest.approx(d, rel=0.1)


def test_scale_and_order_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(60, 5))
    found = two_nn_dimension(euclidean_distances(points))
    assert two_nn_dimension(euclidean_distances(1e6 * points[rng.permutation(60)])) == pytest.approx(found)


def test_a_token_given_twice_is_left_out_and_equal_distances_say_nothing() -> None:
    points = np.random.default_rng(3).normal(size=(40, 3))
    assert np.isfinite(two_nn_dimension(euclidean_distances(np.vstack([points, points[:5]]))))
    assert two_nn_dimension(np.ones((20, 20)) - np.eye(20)) is None
    assert two_nn_dimension(np.zeros((20, 20))) is None and two_nn_dimension(np.ones((4, 4)) - np.eye(4)) is None


def test_a_line_spreads_over_one_direction_and_a_ball_over_all() -> None:
    rng = np.random.default_rng(4)
    line = rng.normal(size=(50, 1)) * rng.normal(size=(1, 7)) + 3.0
    assert effective_dimension(line) == pytest.approx(1.0)
    corners = np.vstack([np.eye(6), -np.eye(6)])
    assert effective_dimension(corners) == pytest.approx(6.0) == pytest.approx(effective_dimension(1e30 * corners))
    assert effective_dimension(np.ones((5, 3))) is None


def test_the_two_ways_to_the_spread_agree() -> None:
    wide = np.random.default_rng(5).normal(size=(30, 80)) * np.linspace(0.1, 3, 80)
    variances = np.linalg.svd(wide - wide.mean(axis=0), compute_uv=False) ** 2
    assert effective_dimension(wide) == pytest.approx(variances.sum() ** 2 / (variances**2).sum())
    padded = np.vstack([wide.T, wide.T])
    variances = np.linalg.svd(padded - padded.mean(axis=0), compute_uv=False) ** 2
    assert effective_dimension(padded) == pytest.approx(variances.sum() ** 2 / (variances**2).sum())
