"""The nearest points in the disk through a tree over the drawing: the same ones as by a look at every pair."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.layout.parts.disk_neighbours import FARTHEST, nearest_by_tree
from hypviz.layout.parts.neighbours import _one_by_one
from hypviz.work import NOBODY

N = 3000


def points(kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    theta = rng.uniform(0.0, 2.0 * np.pi, N)
    if kind == "even in the drawing":
        return 2.0 * np.arctanh(np.tanh(2.0) * np.sqrt(rng.uniform(size=N))), theta
    if kind == "even in the plane":
        return np.arccosh(1.0 + rng.uniform(size=N) * (np.cosh(9.0) - 1.0)), theta
    if kind == "in clumps":
        return np.repeat(rng.uniform(0.0, 8.0, N // 60), 60) + 1e-7 * rng.normal(size=N) ** 2, np.repeat(theta[: N // 60], 60)
    return rng.uniform(0.0, FARTHEST, N), np.full(N, 1.0)  # on one ray


@pytest.mark.parametrize("kind", ["even in the drawing", "even in the plane", "in clumps", "on a ray"])
@pytest.mark.parametrize("k", [1, 10, 30])
def test_they_are_those_of_all_pairs(kind, k):
    rho, theta = points(kind)
    query = np.random.default_rng(1).permutation(N)[:700]
    found, sure = nearest_by_tree(rho, theta, query, k, NOBODY)
    brute = _one_by_one(rho, theta, query, k, NOBODY)
    assert sure.mean() > (0.99 if kind != "even in the plane" else 0.05)  # where they lie sparsely all pairs are looked at
    near, true = (_keys(rho, theta, query[sure], each[sure]) for each in (found, brute))
    np.testing.assert_allclose(near, true, rtol=1e-7, atol=1e-18)
    assert not (found == query[:, None]).any() and all(len(set(row)) == k for row in found[sure].tolist())


def test_where_too_many_lie_as_near_it_is_not_sure():
    rho, theta = np.full(9000, 1.0), np.full(9000, 2.0)
    _, sure = nearest_by_tree(rho, theta, np.arange(50), 10, NOBODY)
    assert not sure.any()


def _keys(rho: np.ndarray, theta: np.ndarray, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """sinh^2(d/2) from each of `query` to its rows."""
    radial = np.sinh((rho[query][:, None] - rho[rows]) / 2.0)
    across = np.sin((theta[query][:, None] - theta[rows]) / 2.0)
    return radial**2 + np.sinh(rho[query])[:, None] * np.sinh(rho[rows]) * across**2
