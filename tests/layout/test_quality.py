"""The measures against known answers, scikit-learn's trustworthiness, and real word vectors."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hypviz.geometry import PolarPoints, polar_points
from hypviz.layout import centred_units, dendrogram_shape, measure_quality, nearest_by_cosine, place
from hypviz.records.layout import Neighbours


def _truth(units: np.ndarray, query: np.ndarray | None = None) -> Neighbours:
    query = np.arange(len(units)) if query is None else query
    return Neighbours(query=query, nearest=nearest_by_cosine(units, query, k=10))


def _ring(n: int) -> tuple[np.ndarray, PolarPoints]:
    turn = np.sort(np.random.default_rng(0).uniform(-3, 3, n))
    units = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return units.astype(np.float32), PolarPoints(rho=np.full(n, 2.0), theta=turn)


def test_a_faithful_picture_keeps_everything() -> None:
    units, points = _ring(80)
    quality, kept = measure_quality(units, points, _truth(units), np.arange(80, 0, -1), seed=0)
    assert quality.neighbours_kept_at_10 == pytest.approx(1.0, abs=0.01) and kept.max() == 10
    assert quality.trustworthiness == pytest.approx(1.0, abs=1e-3)
    assert quality.distance_spearman == pytest.approx(1.0, abs=1e-3)
    assert quality.radius_spearman is None and quality.rim_share == 0.0
    assert (quality.n_queries, quality.n_tokens) == (80, 80)


def test_kept_is_counted_from_the_definition() -> None:
    rng = np.random.default_rng(1)
    units, _ = centred_units(rng.normal(size=(60, 6)).astype(np.float32))
    points = PolarPoints(rho=rng.uniform(0, 5, 60), theta=rng.uniform(-3, 3, 60))
    query = np.array([4, 7, 30])
    quality, kept = measure_quality(units, points, _truth(units, query), np.zeros(60, dtype=int), seed=0)
    z = np.tanh(points.rho / 2) * np.exp(1j * points.theta)
    for row, count in zip(query, kept, strict=True):
        apart = np.arctanh(np.abs((z - z[row]) / (1 - np.conj(z[row]) * z)))
        cosine = units @ units[row]
        apart[row], cosine[row] = np.inf, -np.inf
        assert count == len(set(np.argsort(apart)[:10]) & set(np.argsort(-cosine)[:10]))
    assert quality.neighbours_kept_at_10 == pytest.approx(kept.sum() / 30)
    assert quality.rim_share == pytest.approx((np.abs(z) > 0.95).mean())


def test_trustworthiness_is_scikit_learns_where_the_disk_is_flat() -> None:
    from sklearn.manifold import trustworthiness

    rng = np.random.default_rng(2)
    units, _ = centred_units(rng.normal(size=(90, 5)).astype(np.float32))
    z = 1e-4 * rng.normal(size=(90, 2))
    quality, _ = measure_quality(units, polar_points(z), _truth(units), np.zeros(90, dtype=int), seed=0)
    assert quality.trustworthiness == pytest.approx(trustworthiness(units, z, n_neighbors=10, metric="cosine"), abs=1e-6)


def test_radius_follows_frequency_only_over_counted_tokens() -> None:
    units, points = _ring(40)
    counts = np.r_[np.arange(20, 0, -1), np.zeros(20, dtype=int)]
    grown = PolarPoints(rho=np.linspace(0, 4, 40), theta=points.theta)
    assert measure_quality(units, grown, _truth(units), counts, seed=0)[0].radius_spearman == pytest.approx(-1.0)


@pytest.mark.slow
@pytest.mark.skipif("HYPVIZ_TEST_DATA" not in os.environ, reason="HYPVIZ_TEST_DATA does not name a folder with word vectors")
def test_real_words_keep_more_neighbours_than_plain_leaf_order() -> None:
    """The bars are what plain leaf order with radius 2 ln(rank) keeps of these 10,000 words at R = 4, 5, 7."""
    from safetensors.numpy import load_file

    folder = Path(os.environ["HYPVIZ_TEST_DATA"]) / "wordvectors"
    (vectors,) = load_file(folder / "vectors.safetensors").values()
    counts = np.loadtxt(folder / "counts.txt", dtype=np.int64)
    units, _ = centred_units(vectors.astype(np.float32))
    shape, truth = dendrogram_shape(units, seed=0), _truth(units)
    for radius, bar in ((4.0, 0.137), (5.0, 0.164), (7.0, 0.214)):
        quality, _ = measure_quality(units, place(shape, radius=radius), truth, counts, seed=0)
        assert quality.neighbours_kept_at_10 > bar
        assert quality.radius_spearman is not None and quality.radius_spearman < -0.99
