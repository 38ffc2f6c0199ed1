"""Trees with known answers: Sarkar's drawing, its measures against their definitions, and the tree fitted to rows."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import shortest_path

from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import PolarPoints, draw_tree, polar_distance
from hypviz.layout import measure_tree
from hypviz.layout.measures.tree_quality import tree_distances
from hypviz.layout.parts import linkage
from hypviz.layout.parts.fitted_tree import fit_tree
from tests.layout.shaping import shape_of
from tests.layout.test_shapes import changes, clusters
from tests.watching import Watcher


def balanced(branching: int, height: int) -> np.ndarray:
    """Parents of the tree in which every inner node has `branching` children."""
    n = sum(branching**level for level in range(height + 1))
    return np.array([-1, *((np.arange(1, n) - 1) // branching)])


def preferential(n: int, seed: int) -> np.ndarray:
    """Parents of a tree in which a new node hangs below an old one with probability in proportion to its degree (Barabási, Albert)."""
    rng = np.random.default_rng(seed)
    parent, ends = [-1, 0], [0, 1]
    for node in range(2, n):
        parent.append(int(ends[rng.integers(len(ends))]))
        ends += [parent[-1], node]
    return np.array(parent)


def apart(points: PolarPoints) -> np.ndarray:
    return polar_distance(points.rho[:, None], points.theta[:, None], to_rho=points.rho, to_theta=points.theta)


def shuffled(parent: np.ndarray, seed: int) -> np.ndarray:
    """The same tree with its nodes renamed, so that parents do not come before children."""
    name = np.random.default_rng(seed).permutation(len(parent))
    renamed = np.empty_like(parent)
    renamed[name] = np.where(parent < 0, -1, name[parent])
    return renamed


@pytest.mark.parametrize(("branching", "height"), [(2, 7), (3, 5), (4, 4), (10, 2)])
def test_balanced_trees_are_hardly_distorted(branching: int, height: int) -> None:
    parent = balanced(branching, height)
    found = measure_tree(parent, np.ones(len(parent)), draw_tree(parent, np.ones(len(parent)), radius=12.0))
    assert found.distortion <= 0.05 and found.mean_average_precision == 1.0
    near = measure_tree(parent, np.ones(len(parent)), draw_tree(parent, np.ones(len(parent)), radius=8.0))
    assert found.distortion < near.distortion <= 0.1


@pytest.mark.parametrize(("n", "seed"), [(300, 0), (300, 1), (1000, 2)])
def test_trees_with_hubs_are_distorted_a_little(n: int, seed: int) -> None:
    parent = preferential(n, seed)
    assert measure_tree(parent, np.ones(n), draw_tree(parent, np.ones(n), radius=12.0)).distortion <= 0.15
    assert measure_tree(parent, np.ones(n), draw_tree(parent, np.ones(n), radius=20.0)).distortion <= 0.1


def test_every_edge_has_its_scaled_length_and_the_farthest_node_the_radius() -> None:
    parent = shuffled(preferential(80, 3), 0)
    length = np.random.default_rng(1).uniform(0.5, 2.0, 80)
    points = draw_tree(parent, length, radius=15.0)
    child = np.flatnonzero(parent >= 0)
    ratio = apart(points)[child, parent[child]] / length[child]
    assert np.allclose(ratio, ratio[0], rtol=1e-6)
    assert points.rho.max() == pytest.approx(15.0, abs=1e-6) and points.rho[parent < 0] == 0.0


def test_the_drawing_agrees_with_moebius_addition_in_fifty_digits() -> None:
    """A path that turns left at every node: z' = (-z) ⊕⁻¹ of the next step, built from disk points with mpmath."""
    parent, scale = np.array([-1, 0, 1, 2, 2]), None
    points = draw_tree(parent, np.ones(5), radius=6.0)
    scale = mpmath.mpf(float(points.rho[1]))
    with mpmath.workdps(50):
        step = mpmath.tanh(scale / 2)
        add = lambda a, b: (a + b) / (1 + mpmath.conj(a) * b)  # noqa: E731
        z = [mpmath.mpc(0), step * mpmath.expj(mpmath.mpf(float(points.theta[1])))]
        for turns, above, node in (((0.5,), 1, 0), ((0.25, 0.75), 2, 1)):
            back = mpmath.arg(add(-z[above], z[node]))
            z += [add(z[above], step * mpmath.expj(back + mpmath.pi * (mpmath.mpf("0.5") + turn))) for turn in turns]
        for k in range(1, 5):
            assert abs(2 * mpmath.atanh(abs(z[k])) - points.rho[k]) < 1e-9
            assert abs(mpmath.expj(float(points.theta[k])) - z[k] / abs(z[k])) < 1e-9


def test_one_node_lies_at_the_origin() -> None:
    assert draw_tree(np.array([-1]), np.zeros(1), radius=4.0).rho.tolist() == [0.0]


@pytest.mark.parametrize(
    ("parent", "length", "radius", "word"),
    [
        ([-1, 0, -1], [0, 1, 1], 4.0, "exactly one root"),
        ([1, 0, 0], [1, 1, 1], 4.0, "exactly one root"),
        ([-1, 0, 7], [0, 1, 1], 4.0, "exactly one root"),
        ([-1, 0, 3, 2], [0, 1, 1, 1], 4.0, "hold a circle"),
        ([-1, 0, 0], [0, 1, 0], 4.0, "positive length"),
        ([-1, 0, 0], [0, 1], 4.0, "positive length"),
        ([-1, 0, 0], [0, 1, 1], 36.0, "must lie above 0"),
    ],
)
def test_what_is_no_tree_is_refused(parent: list[int], length: list[float], radius: float, word: str) -> None:
    with pytest.raises(HypvizError, match=word):
        draw_tree(np.array(parent), np.array(length, dtype=float), radius=radius)


def test_path_lengths_are_scipys_shortest_paths() -> None:
    parent = shuffled(preferential(60, 5), 1)
    length = np.random.default_rng(2).uniform(0.1, 3.0, 60)
    child = np.flatnonzero(parent >= 0)
    graph = coo_matrix((length[child], (child, parent[child])), shape=(60, 60))
    assert np.allclose(tree_distances(parent, length), shortest_path(graph, directed=False))


def test_the_measures_are_their_definitions() -> None:
    rng = np.random.default_rng(4)
    parent, length = preferential(25, 6), rng.uniform(0.5, 2.0, 25)
    points = PolarPoints(rho=rng.uniform(0, 4, 25), theta=rng.uniform(-3, 3, 25))
    found, d, t = measure_tree(parent, length, points), apart(points), tree_distances(parent, length)
    pairs = [(i, j) for i in range(25) for j in range(i)]
    loss = lambda s: np.mean([abs(s * d[p] / t[p] - 1) for p in pairs])  # noqa: E731
    assert found.distortion == pytest.approx(loss(found.scaling))
    assert found.distortion <= min(loss(s) for s in found.scaling * np.linspace(0.5, 2.0, 301)) + 1e-12
    ratios = [d[p] / t[p] for p in pairs]
    assert found.worst_distortion == pytest.approx(max(ratios) / min(ratios))
    precision = []
    for i in range(25):
        near = {j for j in range(25) if parent[j] == i or parent[i] == j}
        shares = []
        for j in near:
            ball = {k for k in range(25) if k != i and d[i, k] <= d[i, j]}
            shares.append(len(ball & near) / len(ball))
        precision.append(np.mean(shares))
    assert found.mean_average_precision == pytest.approx(np.mean(precision))


def test_the_fitted_tree_hangs_the_less_frequent_below_the_more_frequent_and_keeps_clusters() -> None:
    units, label = clusters(6, 20)
    tree = fit_tree(units, seed=0)
    assert tree.parent[0] == -1 and (tree.parent[1:] < np.arange(1, 120)).all() and (tree.length[1:] > 0).all()
    crossing = [i for i in range(1, 120) if label[i] != label[tree.parent[i]]]
    firsts = {int(np.flatnonzero(label == c)[0]) for c in range(6)}
    assert {0, *crossing} == firsts
    assert changes(label, shape_of("tree", units, seed=0).theta) == 6


def test_the_shape_is_the_path_to_the_root_whether_grouped_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    units, label = clusters(6, 40)
    exact = shape_of("tree", units, seed=0)
    tree = fit_tree(units, seed=0)
    depth = tree_distances(tree.parent, tree.length)[0]
    assert np.allclose(exact.share, depth / depth.max()) and exact.share[0] == 0.0 and exact.n_groups is None
    monkeypatch.setattr(linkage, "EXACT_LIMIT", 100)
    monkeypatch.setattr(linkage, "GROUP_LIMIT", 50)
    told = Watcher()
    grouped = shape_of("tree", units, seed=0, work=told)
    assert grouped.n_groups is not None and grouped.n_groups >= 5 and len(np.unique(grouped.theta)) == 240
    assert changes(label, grouped.theta) <= 12 and grouped.share[0] == 0.0 and grouped.share.max() == 1.0
    assert told.shares[-1] == 1.0 and shape_of("tree", units, seed=0).theta.tolist() == grouped.theta.tolist()
    with pytest.raises(Stopped):
        shape_of("tree", units, seed=0, work=Watcher(stop_at=1))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_tiny_and_equal_rows_have_a_tree(n: int) -> None:
    for units in (np.eye(4, dtype=np.float32)[:n], np.zeros((n, 4), dtype=np.float32)):
        shape = shape_of("tree", units, seed=0)
        assert np.isfinite(shape.share).all() and len(np.unique(shape.theta)) == n
