"""Distances judged by scipy's differences, by mpmath, by shortest paths written from the definition, and as metrics."""

from __future__ import annotations

from itertools import combinations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import (
    CONTROLS,
    METRICS,
    control_distances,
    distances,
    euclidean_distances,
    gram_distances,
    hyperbolic_distances,
    tree_distances,
)
from hypviz.hyperbolicity.distances import NEIGHBOURS, WIDE, angles, graph_distances, stacked_distances


def worst(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest relative error where points differ; infinite if equal points are apart."""
    apart = expected > 0
    return float((np.abs(found - expected)[apart] / expected[apart]).max()) if (found[~apart] == 0).all() else np.inf


def is_metric(D: np.ndarray, tolerance: float) -> bool:
    """Symmetric to the last bit, zero exactly on the diagonal, and no way round shorter than the direct one."""
    direct = (D[:, :, None] + D[None] - D[:, None] >= -tolerance * D.max()).all()
    return bool((D == D.T).all() and (np.diagonal(D) == 0).all() and (D >= 0).all() and direct)


def mp_hyperbolic(rho: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """cosh d = cosh r cosh s - sinh r sinh s cos(t - u) in 80 digits."""
    D = np.zeros((len(rho), len(rho)))
    with mpmath.workdps(80):
        r, t = [mpmath.mpf(float(x)) for x in rho], [mpmath.mpf(float(x)) for x in theta]
        for i, j in combinations(range(len(r)), 2):
            cosh = mpmath.cosh(r[i]) * mpmath.cosh(r[j]) - mpmath.sinh(r[i]) * mpmath.sinh(r[j]) * mpmath.cos(t[i] - t[j])
            D[i, j] = D[j, i] = float(mpmath.acosh(cosh))
    return D


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shift", [0.0, 1e4])
@pytest.mark.parametrize(("n", "d"), [(30, 1), (50, 3), (40, 768), (20, 4096)])
def test_gram_distances_are_the_differences_to_1e_9(n, d, shift, dtype):
    """1e-6 where wide float32 rows are multiplied as they are."""
    points = (shift + np.random.default_rng(d).normal(size=(n, d))).astype(dtype)
    if d > 1:  # a near-duplicate at every tenth of the norm, down to a millionth
        points[1:7] = points[0] + (10.0 ** -np.arange(1, 7)[:, None] * np.random.default_rng(1).normal(size=(6, d))).astype(dtype)
    expected = squareform(pdist(points.astype(np.float64)))
    assert worst(gram_distances(points[None])[0], expected) <= (1e-6 if dtype == np.float32 and d >= WIDE else 1e-9)
    assert worst(euclidean_distances(points), expected) < 1e-15


@pytest.mark.parametrize("gap", [1e-2, 1e-3, 1e-4, 1e-6, 1e-9])
@pytest.mark.parametrize("shift", [0.0, 1e4])
def test_gram_distances_keep_near_duplicates_to_1e_9(gap, shift):
    for seed, d in enumerate((3, 64, 768)):
        points = shift + np.random.default_rng(seed).normal(size=(30, d))
        points[1::3] = points[::3] * (1.0 + gap)
        assert worst(gram_distances(points[None])[0], squareform(pdist(points))) < 1e-9


def test_equal_rows_have_distance_zero_and_layers_do_not_touch():
    rng = np.random.default_rng(0)
    stack = rng.normal(size=(4, 12, 5))
    stack[:, 7] = stack[:, 2]
    found = gram_distances(stack)
    assert (found[:, 7, 2] == 0).all() and is_metric(found[0], 1e-12)
    for layer, D in zip(stack, found, strict=True):
        assert pytest.approx(squareform(pdist(layer)), rel=1e-9) == D
    assert (gram_distances(np.ones((1, 3, 2))) == 0).all()


@given(st.integers(2, 20), st.integers(1, 40), st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
@settings(max_examples=40, deadline=None)
def test_euclidean_distances_scale_and_do_not_feel_rotations(n, d, seed, factor):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, d))
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    expected = distances(points, "euclidean")
    assert distances(factor * points, "euclidean") == pytest.approx(factor * expected, rel=1e-8)
    assert distances(points @ turn, "euclidean") == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_angles_are_arccos_of_the_cosine():
    points = np.random.default_rng(0).normal(size=(40, 6))
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    expected = np.arccos(np.clip(units @ units.T, -1, 1))
    np.fill_diagonal(expected, 0)
    assert angles(points) == pytest.approx(expected, abs=1e-8)
    lengths = np.random.default_rng(1).uniform(1e-3, 1e3, size=(40, 1))
    assert angles(points * lengths) == pytest.approx(angles(points), abs=1e-9)
    assert angles(np.array([[1.0, 0], [0, 2], [-3, 0]])) == pytest.approx(np.pi / 2 * np.array([[0, 1, 2], [1, 0, 1], [2, 1, 0]]))
    assert is_metric(angles(points), 1e-12)


@pytest.mark.parametrize("angle", [1e-3, 1e-5, 1e-7])
def test_small_angles_keep_their_digits(angle):
    """arccos has none left at 1e-8; the oracle is 2 atan2(|u - v|, |u + v|) of the very same rows in 60 digits."""
    points = np.array([[3.0, 4.0, 0.0], [3.0, 4.0, 5 * angle], [-1.0, 2.0, 2.0]])
    with mpmath.workdps(60):
        rows = [[mpmath.mpf(float(x)) for x in row] for row in points]
        u, v = ([x / mpmath.norm(row) for x in row] for row in rows[:2])
        less, more = ([a + sign * b for a, b in zip(u, v, strict=True)] for sign in (-1, 1))
        expected = float(2 * mpmath.atan2(mpmath.norm(less), mpmath.norm(more)))
    assert angles(points)[0, 1] == pytest.approx(expected, rel=4e-16 / angle + 1e-14)
    assert expected == pytest.approx(angle, rel=1e-3)


def shortest_paths(points: np.ndarray, k: int) -> np.ndarray:
    """Floyd and Warshall on the graph that joins each point with its k nearest, from the definition."""
    D = squareform(pdist(points))
    n = len(D)
    paths = np.full((n, n), np.inf)
    for i in range(n):
        for j in sorted((j for j in range(n) if j != i), key=lambda j: D[i, j])[:k]:
            paths[i, j] = paths[j, i] = D[i, j]
    np.fill_diagonal(paths, 0)
    for middle in range(n):
        paths = np.minimum(paths, paths[:, middle, None] + paths[None, middle])
    return paths


@pytest.mark.parametrize("k", [2, 3, 5, 10])
def test_graph_distances_are_shortest_paths_along_neighbours(k):
    n_whole = 0
    for seed in range(6):
        points = np.random.default_rng(seed).normal(size=(35, 2))
        expected = shortest_paths(points, k)
        if not np.isfinite(expected).all():
            with pytest.raises(HypvizError, match="several parts"):
                graph_distances(points, k=k)
            continue
        n_whole += 1
        found = graph_distances(points, k=k)
        assert found == pytest.approx(expected, rel=1e-9) and is_metric(found, 1e-12)
        assert (found >= squareform(pdist(points)) - 1e-9).all()
    assert n_whole >= (0 if k == 2 else 3)


def test_a_graph_of_all_pairs_is_euclidean_and_duplicates_stay_joined():
    points = np.random.default_rng(0).normal(size=(NEIGHBOURS + 1, 3))
    assert distances(points, "graph") == pytest.approx(squareform(pdist(points)), rel=1e-9)
    twins = np.concatenate([points, points[:3]])
    found = distances(twins, "graph")
    assert found[:3, -3:].diagonal() == pytest.approx([0, 0, 0], abs=1e-300)
    assert found == pytest.approx(shortest_paths(twins, NEIGHBOURS), rel=1e-9, abs=1e-300)
    along = np.stack([np.cos(a := np.linspace(0, 1.5 * np.pi, 120)), np.sin(a)], axis=1)  # paths follow the arc, not the chord
    assert distances(along, "graph")[0, -1] == pytest.approx(1.5 * np.pi, rel=0.01)


def test_a_graph_in_parts_is_refused():
    rng = np.random.default_rng(0)
    apart = np.concatenate([rng.normal(size=(15, 3)), 100 + rng.normal(size=(15, 3))])
    with pytest.raises(HypvizError, match="10 nearest neighbours is in several parts"):
        distances(apart, "graph")


@pytest.mark.parametrize("top", [1e-6, 0.1, 1.0, 5.0, 12.0, 20.0])
def test_hyperbolic_distances_are_those_of_mpmath(top):
    rng = np.random.default_rng(int(top))
    rho, theta = rng.uniform(0, top, 25), rng.uniform(0, 2 * np.pi, 25)
    rho[0], rho[1:3], theta[1:3] = 0.0, rho[1] * np.array([1.0, 1.0 + 1e-9]), theta[1]  # the centre; two on one ray, nearly equal
    found = hyperbolic_distances(rho, theta)
    assert worst(found, mp_hyperbolic(rho, theta)) < 1e-9
    assert is_metric(found, 1e-13)
    assert found[0] == pytest.approx(rho, rel=1e-12)


@given(st.floats(0, 20), st.floats(0, 20), st.floats(0, 2 * np.pi), st.floats(0, 2 * np.pi))
@settings(max_examples=60, deadline=None)
def test_hyperbolic_distances_obey_the_way_through_the_centre_and_turns(r, s, t, u):
    rho, theta = np.array([r, s]), np.array([t, u])
    d = hyperbolic_distances(rho, theta)[0, 1]
    assert abs(r - s) - 1e-9 <= d <= r + s + 1e-9
    assert hyperbolic_distances(rho, -theta)[0, 1] == pytest.approx(d, rel=1e-12)
    assert hyperbolic_distances(rho, np.array([0.0, np.pi]))[0, 1] == pytest.approx(r + s, rel=1e-9, abs=1e-12)


def test_the_hyperbolic_metric_maps_rows_by_their_root_mean_square():
    rng = np.random.default_rng(0)
    rho, theta = rng.uniform(0.1, 6, 20), rng.uniform(0, 2 * np.pi, 20)
    rows = np.sqrt(2) * np.stack([rho * np.cos(theta), rho * np.sin(theta)], axis=1)
    assert distances(rows, "hyperbolic") == pytest.approx(hyperbolic_distances(rho, theta), rel=1e-7)
    padded = np.concatenate([rows, np.zeros_like(rows)], axis=1) * np.sqrt(2)  # twice the dimensions, the same root mean square
    assert distances(padded, "hyperbolic") == pytest.approx(distances(rows, "hyperbolic"), rel=1e-12)
    small = 1e-5 * rng.normal(size=(20, 4))  # near the origin space is flat and the map an isometry
    assert distances(small, "hyperbolic") == pytest.approx(squareform(pdist(small)) / 2, rel=1e-6)


def test_hyperbolic_distances_too_large_for_float64_are_never_nan_or_infinite():
    """A root mean square of 800, as hidden states have: the true distance is at most twice that."""
    rows = np.random.default_rng(0).normal(size=(8, 5))
    rows *= 800.0 * np.sqrt(5) / np.linalg.norm(rows, axis=1, keepdims=True)
    try:
        found = distances(rows, "hyperbolic")
    except HypvizError:
        return
    assert np.isfinite(found).all() and found.max() <= 1600 * (1 + 1e-9)


@pytest.mark.parametrize("name", CONTROLS)
def test_controls_are_seeded_metrics_of_n_points(name):
    D = control_distances(name, 45, 3)
    assert D.shape == (45, 45) and is_metric(D, 1e-12) and (D + np.eye(45) > 0).all()
    assert (control_distances(name, 45, 3) == D).all()
    assert (control_distances(name, 45, 4) != D).mean() > 0.9
    assert (control_distances(name, 46, 3)[:45, :45] != D).mean() > 0.9


def test_controls_have_the_size_of_their_spaces():
    """Uniform by area: half a disk's points lie beyond sqrt 1/2 of its radius, in H² beyond arccosh of the middle of cosh."""
    for seed in range(3):
        assert control_distances("sphere", 300, seed).max() == pytest.approx(np.pi, rel=0.1)
        assert control_distances("flat disk", 300, seed).max() == pytest.approx(2, rel=0.1)
        assert control_distances("H², radius 2", 300, seed).max() == pytest.approx(4, rel=0.1)
        assert control_distances("H², radius 10", 300, seed).max() == pytest.approx(20, rel=0.05)
    sphere = np.concatenate([control_distances("sphere", 200, seed)[np.triu_indices(200, 1)] for seed in range(5)])
    assert np.cos(sphere).mean() == pytest.approx(0, abs=0.02)  # cos of the angle is uniform on [-1, 1]
    assert (np.cos(sphere) ** 2).mean() == pytest.approx(1 / 3, abs=0.02)
    flat = np.concatenate([control_distances("flat disk", 200, seed)[np.triu_indices(200, 1)] for seed in range(5)])
    assert flat.mean() == pytest.approx(128 / (45 * np.pi), abs=0.02)  # the mean chord between two points of a unit disk


def test_trees_are_metrics_with_edges_in_their_range():
    D = tree_distances(40, 2)
    assert is_metric(D, 1e-12) and (tree_distances(40, 2) == D).all() and (tree_distances(40, 3) != D).any()
    parents = [min(D[node, :node]) for node in range(1, 40)]
    assert all(0.5 <= length < 1.5 for length in parents)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_by_its_name_alone_and_in_a_stack(metric):
    stack = np.random.default_rng(0).normal(size=(3, 30, 4)).astype(np.float32)
    by_name = {
        "euclidean": euclidean_distances,
        "angle": angles,
        "graph": lambda x: graph_distances(x, k=NEIGHBOURS),
        "hyperbolic": lambda x: distances(x, "hyperbolic"),
    }
    found = stacked_distances(stack, metric)
    assert found.shape == (3, 30, 30) and found.dtype == np.float64
    for layer, D in zip(stack, found, strict=True):
        assert pytest.approx(by_name[metric](layer), rel=1e-9) == D
        assert distances(layer, metric) == pytest.approx(D, rel=1e-12) and is_metric(D, 1e-9)


@pytest.mark.parametrize("metric", ["angle", "hyperbolic"])
def test_a_row_without_direction_is_refused(metric):
    points = np.random.default_rng(0).normal(size=(6, 3))
    points[[1, 4]] = 0.0
    with pytest.raises(HypvizError, match="2 points are 0"):
        distances(points, metric)


def test_an_unknown_metric_is_refused():
    with pytest.raises(HypvizError, match="no metric 'cosine'; choose one of euclidean, angle, graph, hyperbolic"):
        distances(np.ones((4, 2)), "cosine")
