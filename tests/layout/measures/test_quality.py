"""The measures against known answers, scikit-learn's trustworthiness, and real word vectors."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hypviz.geometry import PolarPoints, polar_points
from hypviz.layout import (
    centred_units,
    disk_fill,
    measure_quality,
    place,
    true_neighbours,
)
from hypviz.records.layout import Neighbours
from tests.layout.shaping import shape_of


def _truth(units: np.ndarray) -> Neighbours:
    return true_neighbours(units, depths=(10,))


def _measure(units, points, truth, counts, norms=None, query=None):
    return measure_quality(units, points, truth, counts, norms=np.ones(len(units)) if norms is None else norms, seed=0, query=query)


def _ring(n: int) -> tuple[np.ndarray, PolarPoints]:
    turn = np.sort(np.random.default_rng(0).uniform(-3, 3, n))
    units = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return units.astype(np.float32), PolarPoints(rho=np.full(n, 2.0), theta=turn)


def test_a_faithful_picture_keeps_everything() -> None:
    units, points = _ring(80)
    measured = _measure(units, points, _truth(units), np.arange(80, 0, -1))
    quality, kept = measured.quality, measured.kept
    assert quality.neighbours_kept_at_10 == pytest.approx(1.0, abs=0.01) and kept.max() == 10
    assert quality.trustworthiness == pytest.approx(1.0, abs=1e-3) == quality.continuity
    assert quality.angle_neighbours_kept_at_10 == pytest.approx(1.0, abs=0.01)
    assert quality.distance_spearman == pytest.approx(1.0, abs=1e-3)
    assert quality.radius_spearman is None and quality.rim_share == 0.0
    assert (quality.n_queries, quality.n_tokens) == (80, 80)


def test_kept_is_counted_from_the_definition() -> None:
    rng = np.random.default_rng(1)
    units = centred_units(rng.normal(size=(60, 6)).astype(np.float32)).rows
    points = PolarPoints(rho=rng.uniform(0, 5, 60), theta=rng.uniform(-3, 3, 60))
    query = np.array([4, 7, 30])
    measured = _measure(units, points, _truth(units), np.zeros(60, dtype=int), query=query)
    quality, kept = measured.quality, measured.kept
    z = np.tanh(points.rho / 2) * np.exp(1j * points.theta)
    for row, count in enumerate(kept):
        apart = np.arctanh(np.abs((z - z[row]) / (1 - np.conj(z[row]) * z)))
        cosine = units @ units[row]
        apart[row], cosine[row] = np.inf, -np.inf
        assert count == len(set(np.argsort(apart)[:10]) & set(np.argsort(-cosine)[:10]))
    assert quality.neighbours_kept_at_10 == pytest.approx(kept.sum() / 600) and quality.kept_by_chance == 10 / 59
    assert (quality.k, quality.n_queries, quality.n_tokens) == (10, 3, 60)
    assert quality.rim_share == pytest.approx((np.abs(z) > 0.95).mean())


def test_trustworthiness_and_continuity_are_scikit_learns_where_the_disk_is_flat() -> None:
    from sklearn.manifold import trustworthiness
    from sklearn.metrics import pairwise_distances

    rng = np.random.default_rng(2)
    units = centred_units(rng.normal(size=(90, 5)).astype(np.float32)).rows
    z = 1e-4 * rng.normal(size=(90, 2))
    quality = _measure(units, polar_points(z), _truth(units), np.zeros(90, dtype=int)).quality
    assert quality.trustworthiness == pytest.approx(trustworthiness(units, z, n_neighbors=10, metric="cosine"), abs=1e-6)
    back = trustworthiness(pairwise_distances(z), units / np.linalg.norm(units, axis=1)[:, None], n_neighbors=10, metric="precomputed")
    assert quality.continuity == pytest.approx(back, abs=1e-6) != quality.trustworthiness


def test_a_large_radius_cannot_pass_for_geometry() -> None:
    """On a ring the angle alone keeps what the disk keeps; on radii without angles it keeps next to nothing."""
    units, points = _ring(200)
    far = _measure(units, PolarPoints(rho=np.full(200, 12.0), theta=points.theta), _truth(units), np.ones(200, dtype=int)).quality
    assert far.angle_neighbours_kept_at_10 == pytest.approx(far.neighbours_kept_at_10, abs=0.01)
    rng = np.random.default_rng(0)
    mixed = _measure(units, PolarPoints(rho=points.rho, theta=rng.uniform(-3, 3, 200)), _truth(units), np.ones(200, dtype=int)).quality
    assert mixed.angle_neighbours_kept_at_10 < 0.15


def test_fill_counts_cells_of_equal_area() -> None:
    rng = np.random.default_rng(3)
    size, turn = np.sqrt(rng.uniform(0, 1, 40_000)), rng.uniform(-np.pi, np.pi, 40_000)
    uniform = PolarPoints(rho=2 * np.arctanh(size), theta=turn)
    assert disk_fill(uniform) == 1.0
    cells = np.floor(20 * size**2).astype(int) * 40 + np.floor(40 * np.remainder(turn, 2 * np.pi) / (2 * np.pi)).astype(int)
    assert np.bincount(cells, minlength=800).std() < 3 * np.sqrt(50)
    few = PolarPoints(rho=uniform.rho[:300], theta=uniform.theta[:300])
    assert disk_fill(few) == len(set(cells[:300].tolist())) / 800
    assert disk_fill(PolarPoints(rho=np.full(5000, 40.0), theta=rng.uniform(-9, 9, 5000))) == 40 / 800


def test_radius_against_the_norm_is_its_rank_correlation() -> None:
    units, points = _ring(40)
    grown = PolarPoints(rho=np.linspace(0, 4, 40), theta=points.theta)
    with_norms = _measure(units, grown, _truth(units), np.zeros(40, dtype=int), norms=grown.rho**2).quality
    assert with_norms.radius_norm_spearman == pytest.approx(1.0)
    assert _measure(units, grown, _truth(units), np.zeros(40, dtype=int)).quality.radius_norm_spearman is None


def test_radius_follows_frequency_only_over_counted_tokens() -> None:
    units, points = _ring(40)
    counts = np.r_[np.arange(20, 0, -1), np.zeros(20, dtype=int)]
    grown = PolarPoints(rho=np.linspace(0, 4, 40), theta=points.theta)
    assert _measure(units, grown, _truth(units), counts).quality.radius_spearman == pytest.approx(-1.0)


@pytest.fixture(scope="module")
def words() -> tuple[np.ndarray, np.ndarray, Neighbours]:
    """Units, counts and true neighbours of 10,000 real words, the most frequent first."""
    from safetensors.numpy import load_file

    folder = Path(os.environ["HYPVIZ_TEST_DATA"]) / "wordvectors"
    (vectors,) = load_file(folder / "vectors.safetensors").values()
    units = centred_units(vectors.astype(np.float32)).rows
    return units, np.loadtxt(folder / "counts.txt", dtype=np.int64), _truth(units)


needs_words = pytest.mark.skipif("HYPVIZ_TEST_DATA" not in os.environ, reason="HYPVIZ_TEST_DATA does not name a folder with word vectors")


@pytest.mark.slow
@needs_words
def test_real_words_keep_more_neighbours_than_plain_leaf_order(words) -> None:
    """The bars are what plain leaf order with radius 2 ln(rank) keeps of these 10,000 words at R = 4, 5, 7, and .16 at the default."""
    units, counts, truth = words
    shape = shape_of("dendrogram", units, seed=0)
    for radius, bar in ((4.0, 0.16), (5.0, 0.164), (7.0, 0.214)):
        quality = _measure(units, place(shape, radius=radius), truth, counts).quality
        assert quality.neighbours_kept_at_10 > bar
        assert quality.radius_spearman is not None and quality.radius_spearman < -0.99


@pytest.mark.slow
@needs_words
def test_real_words_fill_the_disk_and_keep_their_neighbours(words) -> None:
    units, counts, truth = words
    quality = _measure(units, place(shape_of("hyperbolic-umap", units, seed=0), radius=4.0), truth, counts).quality
    assert quality.neighbours_kept_at_10 >= 0.22 and quality.rim_share <= 0.1 and quality.fill >= 0.5
