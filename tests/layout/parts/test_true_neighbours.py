"""True neighbours against brute force, by either way of looking; ties and chance by their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.geometry import PolarPoints
from hypviz.layout import centred_rows, centred_units, measure_quality, nearest_in_disk, true_neighbours
from hypviz.layout import true_neighbours as function
from hypviz.layout.parts import neighbours
from hypviz.layout.parts.neighbours import nearest_by_cosine
from hypviz.layout.parts.true_neighbours import similarities
from tests.watching import Watcher


@pytest.fixture(params=["small", "large"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of looking: all keys of a row at once, and compiled loops over blocks of pairs."""
    if request.param == "large":
        import sys

        monkeypatch.setattr(neighbours, "LARGE", 0)
        monkeypatch.setattr(sys.modules[function.__module__], "LARGE", 0)
        monkeypatch.setattr(sys.modules[function.__module__], "SIDE", 50)
    return request.param


def points(n: int, seed: int = 0) -> PolarPoints:
    rng = np.random.default_rng(seed)
    return PolarPoints(rho=rng.uniform(0, 5, n), theta=rng.uniform(-3, 3, n))


def quality(units: np.ndarray, at: PolarPoints):
    n = len(units)
    return measure_quality(units, at, true_neighbours(units, depths=(10,)), np.zeros(n, dtype=int), norms=np.ones(n), seed=0)


def test_they_are_those_of_brute_force(way: str) -> None:
    units = centred_units(np.random.default_rng(1).normal(size=(230, 12)).astype(np.float32)).rows
    found = true_neighbours(units)
    cosine = units.astype(np.float64) @ units.astype(np.float64).T
    np.fill_diagonal(cosine, -np.inf)
    assert found.nearest.tolist() == np.argsort(-cosine, axis=1)[:, :30].tolist() and found.depths == (1, 10, 30)
    np.testing.assert_allclose(found.least, -np.sort(-cosine, axis=1)[:, [0, 9, 29]], atol=1e-12)
    assert (found.n_as_near == [1, 10, 30]).all()


def test_what_is_kept_is_counted_at_every_depth(way: str) -> None:
    units, at = centred_units(np.random.default_rng(6).normal(size=(210, 5)).astype(np.float32)).rows, points(210)
    found = measure_quality(units, at, true_neighbours(units), np.zeros(210, dtype=int), norms=np.ones(210), seed=0)
    measured = found.quality
    truth = nearest_by_cosine(units, np.arange(210), k=30)
    here = nearest_in_disk(at.rho, at.theta, np.arange(210), k=30)
    degree = [int((truth[:, :10] == row).sum()) for row in range(210)]
    assert (
        measure_quality(units, at, true_neighbours(units), np.zeros(210, dtype=int), norms=np.ones(210), seed=0).in_degree.tolist()
        == degree
    )
    for depth, kept, chance in zip((1, 10, 30), measured.kept_at, measured.chance_at, strict=True):
        both = [len(np.intersect1d(truth[row, :depth], here[row, :depth])) for row in range(210)]
        assert kept == pytest.approx(np.mean(both) / depth) and chance == pytest.approx(depth / 209)


def test_the_disks_are_those_of_the_distance(way: str) -> None:
    at = points(210)
    z = np.tanh(at.rho / 2) * np.exp(1j * at.theta)
    apart = np.arctanh(np.abs((z[:, None] - z) / (1 - np.conj(z) * z[:, None])))
    np.fill_diagonal(apart, np.inf)
    assert nearest_in_disk(at.rho, at.theta, np.arange(210), k=10).tolist() == np.argsort(apart, axis=1)[:, :10].tolist()


def test_of_equal_rows_each_is_as_good_a_neighbour(way: str) -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(150, 8)).astype(np.float32)
    rows[20:80] = rows[20]  # sixty tokens that were never trained
    units = centred_units(rows).rows
    found = true_neighbours(units, depths=(10,))
    assert (found.n_as_near[20:80] == 59).all() and (found.n_as_near[80:] >= 10).all()
    # whichever ten of the sixty the disk has near, it keeps ten of ten
    at = points(150)
    together = PolarPoints(
        rho=np.r_[at.rho[:20], np.full(60, 2.0), at.rho[80:]], theta=np.r_[at.theta[:20], np.linspace(0, 0.01, 60), at.theta[80:]]
    )
    whole = quality(units, together)
    measured, kept = whole.quality, whole.kept
    assert (kept[20:80] == 10).all()
    assert measured.kept_by_chance == pytest.approx(found.n_as_near.mean() / 149) and measured.kept_by_chance > 0.15


def test_chance_is_what_places_at_random_keep(way: str) -> None:
    rows = np.random.default_rng(3).normal(size=(160, 6)).astype(np.float32)
    rows[:40] = rows[0]
    units = centred_units(rows).rows
    shares = [quality(units, points(160, seed)).quality for seed in range(12)]
    assert np.mean([s.neighbours_kept_at_10 for s in shares]) == pytest.approx(shares[0].kept_by_chance, abs=0.01)


@pytest.mark.parametrize(("n", "k", "chance"), [(2, 1, 1.0), (8, 7, 1.0), (11, 10, 1.0), (12, 10, 10 / 11)])
def test_few_rows_keep_what_chance_keeps(n: int, k: int, chance: float) -> None:
    units = centred_units(np.random.default_rng(0).normal(size=(n, 6)).astype(np.float32)).rows
    found = quality(units, points(n))
    measured, kept = found.quality, found.kept
    assert (measured.k, measured.kept_by_chance, len(kept)) == (k, pytest.approx(chance), n)
    assert measured.neighbours_kept_at_10 == 1.0 if k == n - 1 else measured.neighbours_kept_at_10 >= chance - 0.1


def test_a_row_without_a_direction_is_equally_near_to_all(way: str) -> None:
    rows = np.random.default_rng(4).normal(size=(60, 5)).astype(np.float32)
    units = centred_units(rows).rows
    units[7] = 0.0
    assert true_neighbours(units, depths=(10,)).n_as_near[7] == 59


def test_a_look_at_one_token_shows_of_equals_those_that_the_disk_keeps() -> None:
    rows = np.random.default_rng(5).normal(size=(80, 7)).astype(np.float32)
    rows[10:40] = rows[10]
    looked = centred_rows(rows, np.arange(80))
    here = np.array([35, 36, 37, 38, 39, 50])
    found = looked.nearest(12, k=10, among_equals=here)
    nearest, cosine = found.rows, found.cosine
    assert set(here[:5]) <= set(nearest.tolist()) and 50 not in nearest and (np.abs(cosine - 1.0) < 1e-12).all()
    units = centred_units(rows).rows
    assert looked.nearest(60, k=10).rows.tolist() == nearest_by_cosine(units, np.array([60]), k=10)[0].tolist()


def test_stop_is_heard_and_progress_ends(way: str) -> None:
    units = centred_units(np.random.default_rng(1).normal(size=(230, 12)).astype(np.float32)).rows
    told = Watcher()
    true_neighbours(units, depths=(10,), work=told)
    assert told.shares[-1] == 1.0 and told.shares == sorted(told.shares)
    with pytest.raises(Stopped, match="start it again"):
        true_neighbours(units, depths=(10,), work=Watcher(stop_at=1))


def test_many_products_are_summed_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    units = centred_units(np.random.default_rng(3).normal(size=(60, 700)).astype(np.float32)).rows
    rows, others = np.arange(60), np.random.default_rng(4).integers(0, 60, (60, 7))
    few = similarities(units, rows, others)
    monkeypatch.setattr(sys.modules[function.__module__], "_FEW", 0)
    many = similarities(units, rows, others)
    np.testing.assert_allclose(many, few, atol=1e-14)
    units[others[:, 0]] = units[others[0, 0]]
    equal = similarities(units, rows, others)
    assert (equal[:, 0] == similarities(units, rows, others[:, :1])[:, 0]).all() and len(set(equal[others[:, 0], 0].tolist())) == 1


def test_wide_rows_have_the_same_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    units = centred_units(np.random.default_rng(5).normal(size=(120, 300)).astype(np.float32)).rows
    before = true_neighbours(units)
    monkeypatch.setattr(sys.modules[function.__module__], "_WIDE", 0)
    assert (true_neighbours(units).nearest == before.nearest).all()
