"""What a picture keeps of one truth: a common component hides clusters from plain cosine, and taking it off brings them back."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.geometry import PolarPoints, polar_points
from hypviz.layout import Kept, centred_units, kept_of_truth, measure_quality, true_neighbours
from hypviz.layout.parts.principal import principal_axes
from tests.watching import Watcher

FAMILIES, EACH, D = 8, 20, 16
N = FAMILIES * EACH


@pytest.fixture(scope="module")
def family() -> np.ndarray:
    return np.repeat(np.arange(FAMILIES), EACH)


@pytest.fixture(scope="module")
def rows(family) -> np.ndarray:
    """Tight clusters, hidden below two directions along which every row lies somewhere, far more spread than the clusters."""
    rng = np.random.default_rng(0)
    clusters = rng.normal(size=(FAMILIES, D))[family] + 0.1 * rng.normal(size=(N, D))
    clusters[:, :2] = 0.0
    return np.concatenate([50.0 * rng.normal(size=(N, 2)), clusters[:, 2:]], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def by_family(family) -> PolarPoints:
    """A picture of the clusters: each in a place of its own."""
    rng = np.random.default_rng(1)
    turn = 2.0 * np.pi * family / FAMILIES
    return polar_points(0.7 * np.stack([np.cos(turn), np.sin(turn)], axis=1) + 0.01 * rng.normal(size=(N, 2)))


def _same(rows: np.ndarray, family: np.ndarray, without: int) -> float:
    near = true_neighbours(centred_units(rows, without=without).rows, depths=(10,)).nearest
    return float((family[near] == family[:, None]).mean())


def _kept(rows: np.ndarray, points: PolarPoints, without: int, **changed) -> Kept:
    units = centred_units(rows, without=without).rows
    return kept_of_truth(units, points, true_neighbours(units), **({"query": np.arange(len(rows))} | changed))


def test_without_the_planted_components_neighbours_are_those_of_the_cluster_and_with_them_they_are_not(rows, family) -> None:
    assert _same(rows, family, 2) == 1.0 and _same(rows, family, 0) < 0.3


def test_a_picture_of_the_clusters_is_true_by_the_second_reading_only(rows, by_family) -> None:
    plain, second = _kept(rows, by_family, 0), _kept(rows, by_family, 2)
    assert second.kept_at[1] > 0.4 > 0.25 > plain.kept_at[1] and second.trustworthiness > 0.9 > plain.trustworthiness


def test_components_are_taken_off_as_the_definition_says(rows) -> None:
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    _, _, right = np.linalg.svd(centred, full_matrices=False)
    for without in (1, 2, 3):
        left = centred - centred @ right[:without].T @ right[:without]
        expected = left / np.linalg.norm(left, axis=1, keepdims=True)
        assert np.allclose(centred_units(rows, without=without).rows, expected, atol=1e-3)
    axes = principal_axes(rows, 3, about=rows.mean(axis=0, dtype=np.float64))
    assert np.allclose(np.abs(np.sum(axes * right[:3].T, axis=0)), 1.0, atol=1e-5) and np.allclose(axes.T @ axes, np.eye(3))


def test_rows_of_no_more_components_than_are_taken_off_have_no_direction_left() -> None:
    flat = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    assert centred_units(flat, without=2).n_zero == 50 and centred_units(flat, without=1).n_zero < 50
    assert centred_units(flat, without=5).n_zero == 50


def test_it_is_what_the_layouts_own_measure_says_of_its_truth(rows, by_family) -> None:
    units = centred_units(rows).rows
    truth = true_neighbours(units)
    whole = measure_quality(units, by_family, truth, np.zeros(N, dtype=int), norms=np.ones(N), seed=0)
    found = kept_of_truth(units, by_family, truth, query=np.arange(N))
    quality = whole.quality
    assert (found.kept_at, found.chance_at, found.trustworthiness) == (quality.kept_at, quality.chance_at, quality.trustworthiness)
    top = np.sort(np.bincount(truth.nearest[:, :10].ravel(), minlength=N))[-2:]
    assert found.hub_share == top.sum() / (10 * N) and whole.in_degree.sum() == 10 * N


def test_chance_is_what_random_pictures_keep(rows) -> None:
    rng = np.random.default_rng(2)
    kept = [
        _kept(rows, PolarPoints(rho=rng.uniform(0, 4, N), theta=rng.uniform(-3, 3, N)), 2, query=np.arange(1)).kept_at for _ in range(20)
    ]
    chance = _kept(rows, PolarPoints(rho=np.ones(N), theta=np.linspace(-3, 3, N)), 2).chance_at
    assert np.mean(kept, axis=0) == pytest.approx(chance, abs=0.005) and chance == pytest.approx((1 / 159, 10 / 159, 30 / 159))


def test_few_tokens_have_no_trustworthiness_and_it_can_be_stopped(rows, by_family) -> None:
    few = PolarPoints(rho=by_family.rho[:12], theta=by_family.theta[:12])
    assert _kept(rows[:12], few, 0).trustworthiness is None
    with pytest.raises(Stopped):
        _kept(rows, by_family, 0, work=Watcher(stop_at=1))
