"""t-SNE's pieces against sums over all pairs: affinities, repulsion on the grid, and a descent that repeats itself and stops."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.layout.parts import planar_descent, planar_kernels
from hypviz.layout.parts.planar_descent import N_ROUNDS, PERPLEXITY, descend_in_plane, symmetric_affinities
from hypviz.layout.parts.true_neighbours import similarities, true_neighbours
from tests.layout.test_shapes import clusters
from tests.watching import Watcher


def graph(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    units, _ = clusters(n // 20, 20, seed=seed)
    near = true_neighbours(units, depths=(15,)).nearest
    return near, np.maximum(2.0 - 2.0 * similarities(units, np.arange(n), near), 0.0)


def test_affinities_are_symmetric_sum_to_one_and_have_the_perplexity() -> None:
    near, squared = graph(200)
    found = symmetric_affinities(near, squared)
    dense = np.zeros((200, 200))
    for i in range(200):
        edges = slice(found.first[i], found.first[i + 1])
        dense[i, found.end[edges]] = found.weight[edges]
    assert dense.sum() == pytest.approx(1.0, abs=1e-6) and np.array_equal(dense, dense.T) and not dense.diagonal().any()
    from hypviz.layout.parts.planar_kernels import affinities

    one_way = affinities(squared, PERPLEXITY)
    entropy = -(one_way * np.log(np.maximum(one_way, 1e-300))).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), PERPLEXITY, rtol=1e-5)


def test_rows_at_one_distance_share_their_affinity_evenly() -> None:
    near = np.array([[1, 2], [0, 2], [0, 1]])
    for distance in (0.0, 1e-30, 1.0):
        found = symmetric_affinities(near, np.full((3, 2), distance))
        np.testing.assert_allclose(found.weight, 1 / 6, rtol=1e-6)


@pytest.mark.parametrize(("reach", "error"), [(0.1, 0.2), (1.0, 0.005), (6.0, 0.025), (60.0, 0.25)])
def test_the_repulsion_on_the_grid_is_the_sum_over_all_pairs(reach: float, error: float) -> None:
    """Where points are far from each other the sums are small, and what a point seems to do to itself counts."""
    x, y = np.random.default_rng(0).normal(size=(2, 900)) * reach
    found, expected = np.empty((2, 900)), np.empty((2, 900))
    total = planar_descent._Repulsion().of(x, y, found[0], found[1])
    exact = np.empty((2, 900))
    over_pairs = planar_kernels.repel(x, y, exact[0], exact[1])
    across, along = x[:, None] - x, y[:, None] - y
    alike = 1.0 / (1.0 + across**2 + along**2)
    expected[0], expected[1] = (alike**2 * across).sum(axis=1), (alike**2 * along).sum(axis=1)
    np.testing.assert_allclose(exact, expected, rtol=1e-8, atol=1e-9)
    assert over_pairs == pytest.approx(alike.sum() - 900)
    assert np.sqrt(((found - expected) ** 2).mean() / (expected**2).mean()) <= error
    assert total == pytest.approx(alike.sum() - 900, rel=1.5e-2, abs=15.0)  # 900 points: what each seems to do to itself


def test_the_grid_grows_with_the_points_and_keeps_its_charges() -> None:
    repulsion, rng = planar_descent._Repulsion(), np.random.default_rng(1)
    sizes = []
    for reach in (1.0, 40.0, 120.0, 1.0):
        x, y = rng.normal(size=(2, 300)) * reach
        total = repulsion.of(x, y, np.empty(300), np.empty(300))
        sizes.append(repulsion.n_nodes)
        expected = (1.0 / (1.0 + (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)).sum() - 300
        assert total == pytest.approx(expected, rel=3e-3, abs=6.0)
    assert sizes[0] < sizes[1] < sizes[2] == sizes[3]


def test_a_descent_repeats_itself_to_the_last_bit_and_a_stop_keeps_what_there_is() -> None:
    near, squared = graph(300)
    start = np.random.default_rng(2).normal(size=(300, 2))
    edges = symmetric_affinities(near, squared)
    first, again = (descend_in_plane(start, edges) for _ in range(2))
    assert np.array_equal(first.points, again.points) and first.n_rounds_done == N_ROUNDS
    stopped = descend_in_plane(start, edges, work=Watcher(stop_at=40))
    assert 0 < stopped.n_rounds_done < N_ROUNDS and np.isfinite(stopped.points).all()
