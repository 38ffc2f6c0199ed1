"""delta judged by its definition over all triples, by spaces whose delta is known, and by the laws it must obey."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import (
    delta_at_base,
    euclidean_distances,
    gram_distances,
    gromov_products,
    relative_delta,
    relative_deltas,
    tree_distances,
)


def by_definition(D: np.ndarray, base: int) -> float:
    """Three nested loops over the definition, Gromov products written out."""
    n = len(D)

    def product(i: int, j: int) -> float:
        return (D[i][base] + D[j][base] - D[i][j]) / 2

    return max(min(product(i, k), product(k, j)) - product(i, j) for i in range(n) for j in range(n) for k in range(n))


def four_point(D: np.ndarray) -> float:
    """Half the difference of the two largest of the three sums, over all quadruples."""
    best = 0.0
    for a, b, c, d in combinations(range(len(D)), 4):
        sums = sorted((D[a, b] + D[c, d], D[a, c] + D[b, d], D[a, d] + D[b, c]))
        best = max(best, (sums[2] - sums[1]) / 2)
    return best


def random_metric(n: int, kind: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == "points":
        return euclidean_distances(rng.normal(size=(n, rng.integers(1, 20))))
    if kind == "heavy":
        return euclidean_distances(rng.standard_t(1.5, size=(n, 3)))
    if kind == "tree":
        return tree_distances(n, seed)
    if kind == "ties":  # integer distances 1 or 2 always obey the triangle inequality
        D = np.triu(rng.integers(1, 3, size=(n, n)), 1).astype(float)
        return D + D.T
    D = rng.uniform(0.1, 3, size=(n, n))
    D = np.minimum(D, D.T)
    np.fill_diagonal(D, 0)
    for k in range(n):  # Floyd and Warshall make any weights a metric
        D = np.minimum(D, D[:, k, None] + D[None, k, :])
    return D


metrics = st.builds(
    random_metric,
    n=st.integers(1, 14),
    kind=st.sampled_from(["points", "heavy", "tree", "ties", "graph"]),
    seed=st.integers(0, 2**32 - 1),
)


@given(metrics, st.data())
@settings(max_examples=150, deadline=None)
def test_delta_is_its_definition(D, data):
    base = data.draw(st.integers(0, len(D) - 1))
    assert delta_at_base(D, base) == pytest.approx(by_definition(D, base), abs=1e-12)


@pytest.mark.parametrize("n", [70, 159, 160, 161, 230])
def test_row_bounds_and_quantised_products_change_nothing(n):
    for kind in ("points", "heavy", "ties", "graph"):
        D = random_metric(n, kind, seed=n)
        G = gromov_products(D, 3)
        full = max((np.minimum(G[i][:, None], G).max(axis=0) - G[i]).max() for i in range(n))
        assert delta_at_base(D, 3) == pytest.approx(full, abs=1e-9 * D.max())


@given(st.integers(4, 12), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_a_stack_of_metrics_is_measured_layer_by_layer(n, seeds):
    kinds = ("points", "heavy", "tree", "ties", "graph")
    stack = np.stack([random_metric(n, kinds[i % 5], seed) for i, seed in enumerate(seeds)])
    found = relative_deltas(stack)
    assert found.delta == pytest.approx([delta_at_base(D) for D in stack], abs=1e-12)
    assert found.delta_rel == pytest.approx([relative_delta(D).delta_rel for D in stack], abs=1e-12)


@given(n=st.integers(1, 40), seed=st.integers(0, 2**32 - 1), base=st.integers(0, 39))
@settings(max_examples=60, deadline=None)
def test_every_weighted_tree_has_delta_zero(n, seed, base):
    D = tree_distances(n, seed)
    assert delta_at_base(D, base % n) == pytest.approx(0, abs=1e-12 * max(D.max(), 1))
    assert n == 1 or (D + np.eye(n) * 9 > 0.49).all()


@pytest.mark.parametrize("n", range(3, 24))
def test_the_cycle_has_its_known_delta(n):
    """Unit cycles: floor(n/4), less one half where n = 1 mod 4; every base point is alike."""
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    D = np.minimum(steps, n - steps).astype(float)
    expected = n // 4 - (0.5 if n % 4 == 1 else 0)
    assert {delta_at_base(D, base) for base in range(n)} == {expected}
    assert relative_delta(D).delta_rel == 2 * expected / (n // 2)


def test_the_four_cycle_is_as_far_from_a_tree_as_can_be():
    D = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]], dtype=float)
    assert relative_delta(D).delta_rel == 1
    assert delta_at_base(D.astype(int).tolist()) == 1  # any array-like of numbers


@given(metrics, st.floats(1e-6, 1e6))
@settings(max_examples=50, deadline=None)
def test_scaling_scales_delta_and_leaves_delta_rel(D, factor):
    assert delta_at_base(D * factor) == pytest.approx(factor * delta_at_base(D), rel=1e-9, abs=1e-12 * factor)
    if len(D) > 1:
        assert relative_delta(D * factor).delta_rel == pytest.approx(relative_delta(D).delta_rel, abs=1e-9)


@given(metrics, st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_order_of_the_other_points_and_duplicates_change_nothing(D, seed):
    rng = np.random.default_rng(seed)
    order = np.concatenate([[0], 1 + rng.permutation(len(D) - 1)]).astype(int)
    assert delta_at_base(D[np.ix_(order, order)]) == pytest.approx(delta_at_base(D), abs=1e-12)
    repeated = np.concatenate([np.arange(len(D)), rng.integers(0, len(D), size=5)])
    assert delta_at_base(D[np.ix_(repeated, repeated)]) == pytest.approx(delta_at_base(D), abs=1e-12)


@given(metrics, st.data())
@settings(max_examples=40, deadline=None)
def test_a_fixed_base_gives_between_half_of_the_four_point_delta_and_all_of_it(D, data):
    base = data.draw(st.integers(0, len(D) - 1))
    everywhere = four_point(D)
    assert everywhere / 2 - 1e-12 <= delta_at_base(D, base) <= everywhere + 1e-12
    assert max(delta_at_base(D, b) for b in range(len(D))) == pytest.approx(everywhere, abs=1e-12)


@given(metrics)
@settings(max_examples=50, deadline=None)
def test_delta_rel_lies_between_zero_and_one(D):
    found = relative_delta(D)
    assert (found.delta_rel is None) == (len(D) == 1)
    assert found.delta_rel is None or -1e-12 <= found.delta_rel <= 1 + 1e-12


def test_points_on_a_line_are_a_tree():
    D = euclidean_distances(np.random.default_rng(0).normal(size=(60, 1)))
    assert delta_at_base(D) == pytest.approx(0, abs=1e-12)


def test_both_distances_agree_and_the_exact_one_keeps_near_duplicates():
    points = np.random.default_rng(0).normal(size=(40, 300)) + 1000
    assert euclidean_distances(points - 1000) == pytest.approx(gram_distances((points - 1000)[None])[0], abs=1e-6)
    points[1] = points[0] * (1 + 1e-13)
    assert euclidean_distances(points)[0, 1] == pytest.approx(np.linalg.norm(points[0] - points[1]), rel=1e-12)


@pytest.mark.parametrize(
    "D",
    [
        np.zeros((2, 3)),
        np.array([[0, np.nan], [np.nan, 0]]),
        np.array([[0.0, 1], [2, 0]]),
        -np.ones((2, 2)),
        np.ones((2, 2)),
        np.zeros((0, 0)),
    ],
)
def test_what_is_no_distance_matrix_is_refused(D):
    with pytest.raises(HypvizError):
        delta_at_base(D)


def test_a_base_outside_is_refused():
    with pytest.raises(HypvizError, match="base point 4"):
        delta_at_base(np.zeros((4, 4)), base=4)
