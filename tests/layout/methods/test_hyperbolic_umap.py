"""The hyperbolic UMAP layout: its graph against the definition, its descent against geoopt, and vocabularies of known structure."""

from __future__ import annotations

import geoopt
import numpy as np
import pytest
import torch

from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import PolarPoints, polar_distance
from hypviz.layout import nearest_in_disk
from hypviz.layout.methods.frequency_umap import WANTED_RADIUS, wanted_radii
from hypviz.layout.parts.descent import _along_rays, descend
from hypviz.layout.parts.descent_kernels import SCALE, A, B
from hypviz.layout.parts.fuzzy_graph import Edges, fuzzy_graph
from hypviz.statistics import spearman
from hypviz.work import Work
from tests.layout.shaping import shape_of
from tests.layout.test_shapes import clusters
from tests.watching import Watcher


def _random_graph(n: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    d = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(d, np.inf)
    near = np.argsort(d, axis=1)[:, :k]
    return near, np.take_along_axis(d, near, axis=1)


def test_the_graph_is_the_fuzzy_union_of_its_definition() -> None:
    near, distance = _random_graph(40, 8, 0)
    edges = fuzzy_graph(near, distance)
    one_way = np.zeros((40, 40))
    for i in range(40):
        beyond = distance[i] - distance[i, 0]
        low, high = 1e-9, 1e9
        for _ in range(200):
            middle = np.sqrt(low * high)
            low, high = (low, middle) if np.exp(-beyond / middle).sum() > np.log2(8) else (middle, high)
        one_way[i, near[i]] = np.exp(-beyond / low)
    union = one_way + one_way.T - one_way * one_way.T
    dense = np.zeros((40, 40))
    dense[edges.start, edges.end] = edges.weight
    assert np.allclose(dense, union, atol=1e-9) and (dense == dense.T).all() and dense.max() <= 1.0


def test_equal_rows_and_repeated_neighbours_make_a_graph_too() -> None:
    near = np.array([[1, 1, 2], [0, 2, 0], [0, 1, 1]])
    edges = fuzzy_graph(near, np.zeros((3, 3)))
    assert (edges.weight == 1.0).all() and len(edges.weight) == 6


def test_one_attraction_is_the_riemannian_gradient_step() -> None:
    """Two joined points, nothing drawn, no pull: the step must be the exponential map of the negative gradient of -ln p."""
    start = PolarPoints(rho=np.array([1.0, 2.0]), theta=np.array([0.3, -1.1]))
    edges = Edges(start=np.array([0]), end=np.array([1]), weight=np.ones(1))
    found = descend(start, edges, n_rounds=1, seed=0, n_random=0, pull=0.0)
    moved, made = found.points, found.n_rounds_done
    assert made == 1
    ball = geoopt.PoincareBall()
    z = torch.tensor(np.tanh(start.rho / 2)[:, None] * np.stack([np.cos(start.theta), np.sin(start.theta)], 1), requires_grad=True)
    far = SCALE * ball.dist(z[0], z[1])
    loss = torch.log(1 + A * far ** (2 * B))
    (slope,) = torch.autograd.grad(loss, z)
    with torch.no_grad():
        # the loop's rate is per unit of D = SCALE d, so that a gradient in d is divided by SCALE twice
        want = ball.expmap(z, -ball.egrad2rgrad(z, slope) / SCALE**2)
    z_moved = np.tanh(moved.rho / 2)[:, None] * np.stack([np.cos(moved.theta), np.sin(moved.theta)], 1)
    assert np.allclose(z_moved, want.numpy(), atol=1e-9)


def test_clusters_stay_together_and_the_same_seed_gives_the_same_layout() -> None:
    units, label = clusters(6, 40)
    shape = shape_of("hyperbolic-umap", units, seed=3)
    assert np.isfinite(shape.share).all() and shape.share.max() == 1.0 and shape.share.min() >= 0.0
    near = nearest_in_disk(4 * shape.share, shape.theta, np.arange(len(units)), k=10)
    assert (label[near] == label[:, None]).mean() > 0.95
    again = shape_of("hyperbolic-umap", units, seed=3)
    assert (again.share == shape.share).all() and (again.theta == shape.theta).all()
    assert (shape_of("hyperbolic-umap", units, seed=4).theta != shape.theta).any()


def test_unconnected_parts_do_not_fly_apart() -> None:
    edges = Edges(start=np.array([0, 1, 2, 3]), end=np.array([1, 0, 3, 2]), weight=np.ones(4))
    start = PolarPoints(rho=np.ones(4), theta=np.array([0.0, 0.1, 3.0, 3.1]))
    after = descend(start, edges, n_rounds=2000, seed=0).points
    assert after.rho.max() < 6.0
    pair = polar_distance(after.rho[:1], after.theta[:1], to_rho=float(after.rho[1]), to_theta=float(after.theta[1]))
    far = polar_distance(after.rho[:1], after.theta[:1], to_rho=float(after.rho[2]), to_theta=float(after.theta[2]))
    assert pair[0] < far[0]


def test_it_is_stopped_tells_how_far_it_is_and_refuses_too_few() -> None:
    units, _ = clusters(3, 10)
    told = Watcher()
    shape_of("hyperbolic-umap", units, seed=0, work=told)
    assert told.shares[-1] == 1.0 and told.shares == sorted(told.shares)
    with pytest.raises(Stopped, match="Stopped"):
        shape_of("hyperbolic-umap", units, seed=0, work=Watcher(stop_at=1))
    with pytest.raises(HypvizError, match="at least 5 tokens"):
        shape_of("hyperbolic-umap", units[:4], seed=0)


def test_equal_rows_and_rows_without_direction_are_laid_out() -> None:
    units = np.zeros((40, 4), dtype=np.float32)
    units[:20, 0] = 1.0
    shape = shape_of("hyperbolic-umap", units, seed=0)
    assert np.isfinite(shape.share).all() and np.isfinite(shape.theta).all()


def test_a_stop_during_the_descent_keeps_what_it_has_reached() -> None:
    units, label = clusters(6, 40)
    watcher = Watcher()
    work = Work(on_report=watcher.report, asked_to_stop=lambda: max(watcher.shares, default=0.0) > 0.6)
    stopped = shape_of("hyperbolic-umap", units, seed=3, work=work)
    assert 0 < stopped.n_rounds_done < stopped.n_rounds and not stopped.is_finished
    finished = shape_of("hyperbolic-umap", units, seed=3)
    assert finished.n_rounds_done == finished.n_rounds == stopped.n_rounds and finished.is_finished
    near = nearest_in_disk(4 * stopped.share, stopped.theta, np.arange(len(units)), k=10)
    assert (label[near] == label[:, None]).mean() > 0.8 and (stopped.theta != finished.theta).any()


def test_frequent_tokens_are_drawn_inwards_and_neighbours_stay_together() -> None:
    units, label = clusters(6, 40)
    shuffled = np.random.default_rng(0).permutation(len(units))  # so that every cluster has frequent and rare tokens
    units, label, rank = units[shuffled], label[shuffled], np.arange(len(units))
    free, drawn = shape_of("hyperbolic-umap", units, seed=1), shape_of("frequency-umap", units, seed=1)
    assert spearman(drawn.share, rank) > 0.5 > spearman(free.share, rank)
    near = nearest_in_disk(4 * drawn.share, drawn.theta, np.arange(len(units)), k=10)
    assert (label[near] == label[:, None]).mean() > 0.8


def test_the_wanted_radii_fill_the_drawn_disk_by_their_formula() -> None:
    rho = wanted_radii(1000)
    assert (np.diff(rho) > 0).all() and rho[-1] < WANTED_RADIUS
    assert np.allclose((np.tanh(rho / 2) / np.tanh(WANTED_RADIUS / 2)) ** 4, (np.arange(1000) + 0.5) / 1000, rtol=1e-12)


def test_points_drawn_along_their_rays_keep_their_angles() -> None:
    edges = Edges(start=np.array([0, 1]), end=np.array([1, 0]), weight=np.full(2, 1e-12))
    start, wanted = PolarPoints(rho=np.array([1.0, 2.0, 0.0]), theta=np.array([0.5, -2.0, 0.0])), np.array([3.0, 1.0, 2.0])
    x, y = np.sinh(start.rho) * np.cos(start.theta), np.sinh(start.rho) * np.sin(start.theta)
    _along_rays(x, y, wanted, 0.5)
    assert np.allclose(np.arcsinh(np.hypot(x, y)), [2.0, 1.5, 0.0], rtol=1e-14)  # the one at the origin has no ray
    assert np.allclose(np.arctan2(y, x)[:2], start.theta[:2], atol=1e-15)
    reached = descend(start, edges, n_rounds=1, seed=0, wanted=wanted).points
    assert np.isfinite(reached.rho).all() and reached.rho[0] > 2.5
