"""Exact neighbours against brute force from the definitions, whatever the block size."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import polar_distance
from hypviz.layout import centred_units, nearest_by_angle, nearest_by_cosine, nearest_in_disk
from hypviz.layout.parts import neighbours
from hypviz.records.rows import RowsAt
from tests.watching import Watcher


@pytest.fixture(params=[40, 8_000_000])
def any_block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", request.param)


def _by_force(distance: np.ndarray, query: np.ndarray, k: int) -> list[list[int]]:
    np.fill_diagonal(distance, np.inf)
    return [np.argsort(distance[i], kind="stable")[:k].tolist() for i in query]


def test_by_cosine(any_block: None) -> None:
    values = np.random.default_rng(0).normal(size=(61, 7)).astype(np.float32) + 3
    found = centred_units(values)
    units, zero = found.rows, found.n_zero
    query = np.array([5, 0, 60, 17])
    exact = values.astype(np.float64) - values.astype(np.float64).mean(axis=0)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    assert nearest_by_cosine(units, query, k=10).tolist() == _by_force(1 - exact @ exact.T, query, 10)
    assert zero == 0


@pytest.mark.parametrize("largest", [0.5, 6.0, 30.0])
def test_in_the_disk(any_block: None, largest: float) -> None:
    rng = np.random.default_rng(1)
    rho, theta = rng.uniform(0, largest, 80), rng.uniform(-np.pi, np.pi, 80)
    distance = polar_distance(rho[:, None], theta[:, None], to_rho=rho, to_theta=theta)
    query = np.arange(80)
    assert nearest_in_disk(rho, theta, query, k=10).tolist() == _by_force(distance, query, 10)


@pytest.mark.parametrize("n", [2, 5, 11, 21, 22, 80])
def test_by_angle(n: int) -> None:
    theta = np.random.default_rng(2).uniform(-np.pi, np.pi, n)
    apart = np.abs(np.angle(np.exp(1j * (theta[:, None] - theta))))
    query = np.arange(n)
    assert nearest_by_angle(theta, query, k=10).tolist() == _by_force(apart, query, min(10, n - 1))
    assert nearest_by_angle(theta + 2 * np.pi * np.arange(n), query, k=10)[:, 0].shape == (n,)


def test_fewer_rows_than_asked_for() -> None:
    units = centred_units(np.eye(4, dtype=np.float32)).rows
    assert sorted(nearest_by_cosine(units, np.array([2]), k=10)[0].tolist()) == [0, 1, 3]


def test_rows_without_direction_are_counted_and_bad_rows_refused() -> None:
    values = np.array([[1, 0], [-1, 0], [0, 0], [0, 0]], dtype=np.float32)
    found = centred_units(values)
    units, zero = found.rows, found.n_zero
    assert zero == 2 and np.allclose(np.linalg.norm(units, axis=1), [1, 1, 0, 0])
    values[3, 1] = np.nan
    with pytest.raises(HypvizError, match="1 embedding rows hold NaN or infinity, the first is row 3"):
        centred_units(values)


def test_stop_is_obeyed() -> None:
    with pytest.raises(Stopped):
        nearest_by_cosine(np.eye(30, dtype=np.float32), np.arange(30), k=3, work=Watcher(stop_at=1))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("without", [0, 2])
def test_rows_read_in_blocks_are_the_units_of_rows_held_at_once(kind: type, without: int, monkeypatch: pytest.MonkeyPatch) -> None:
    table = (np.random.default_rng(2).normal(size=(300, 7)) + 3.0).astype(kind)
    ids = np.random.default_rng(3).permutation(300)[:200]
    at_once = centred_units(table[ids], without=without)
    monkeypatch.setattr(neighbours, "BLOCK", 70)
    read = centred_units(RowsAt(table, ids), without=without)
    assert read.largest == at_once.largest == np.abs(table[ids]).max()
    assert np.abs(read.rows - at_once.rows).max() < 2e-6
    exact = table[ids].astype(np.float64) - table[ids].astype(np.float64).mean(axis=0)
    if not without:
        assert np.abs(read.rows - exact / np.linalg.norm(exact, axis=1, keepdims=True)).max() < 1e-6


def test_rows_that_are_not_finite_are_counted_over_all_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.ones((40, 5), dtype=np.float32)
    table[[7, 30]] = np.nan
    monkeypatch.setattr(neighbours, "BLOCK", 50)
    with pytest.raises(HypvizError, match=r"^2 embedding rows hold NaN or infinity, the first is row 7;"):
        centred_units(table)
