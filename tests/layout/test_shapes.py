"""Dendrogram and UMAP on vocabularies whose structure is known, the radius map, and placing at a radius."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from tqdm import tqdm

from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import polar_distance
from hypviz.layout import LAYOUTS, LayoutRows, by_frequency, centred_units, place, radius_share, true_neighbours
from hypviz.layout.methods.umap import drawn_shape
from hypviz.layout.parts import linkage
from hypviz.layout.parts.placing import n_on_boundary
from hypviz.records.layout import LayoutShape
from hypviz.work import Work
from tests.layout.shaping import shape_of
from tests.watching import Watcher


def clusters(n_clusters: int, size: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(unit rows, cluster of each) for well separated clusters, shuffled."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.repeat(np.arange(n_clusters), size))
    centres = np.linalg.qr(rng.normal(size=(24, n_clusters)))[0].T
    return centred_units((centres[label] + 0.05 * rng.normal(size=(label.size, 24))).astype(np.float32)).rows, label


def changes(label: np.ndarray, theta: np.ndarray) -> int:
    """How often the cluster changes on the way round the circle."""
    around = label[np.argsort(theta)]
    return int((around != np.roll(around, 1)).sum())


def test_clusters_become_sectors() -> None:
    units, label = clusters(6, 20)
    shape = shape_of("dendrogram", units, seed=0)
    assert shape.n_groups is None
    assert changes(label, shape.theta) == 6


def test_clusters_become_sectors_when_grouped_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkage, "EXACT_LIMIT", 100)
    monkeypatch.setattr(linkage, "GROUP_LIMIT", 50)
    units, label = clusters(6, 40)
    shape = shape_of("dendrogram", units, seed=0)
    assert shape.n_groups is not None and shape.n_groups >= 5
    assert changes(label, shape.theta) <= 12
    assert len(np.unique(shape.theta)) == 240


def test_equal_rows_can_be_grouped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unused tokens often share one embedding row, which k-means cannot split."""
    monkeypatch.setattr(linkage, "EXACT_LIMIT", 30)
    monkeypatch.setattr(linkage, "GROUP_LIMIT", 10)
    units = np.zeros((60, 4), dtype=np.float32)
    units[:, 0] = 1.0
    units[:6] = np.eye(4, dtype=np.float32)[[1, 1, 2, 2, 3, 3]]
    shape = shape_of("dendrogram", units, seed=0)
    assert len(np.unique(shape.theta)) == 60 and shape.n_groups is not None and shape.n_groups >= 6


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_tiny_vocabularies_have_a_shape(n: int) -> None:
    shape = shape_of("dendrogram", np.eye(4, dtype=np.float32)[:n], seed=0)
    assert shape.share.shape == shape.theta.shape == (n,) and len(np.unique(shape.theta)) == n
    assert np.isfinite(shape.theta).all() and np.abs(shape.theta).max() <= np.pi


def test_same_seed_same_shape_and_progress_ends_full() -> None:
    units, _ = clusters(4, 30)
    seen = Watcher()
    first = shape_of("dendrogram", units, seed=5, work=seen)
    assert first.theta.tolist() == shape_of("dendrogram", units, seed=5).theta.tolist()
    assert seen.shares == sorted(seen.shares) and seen.shares[-1] == 1.0
    with pytest.raises(Stopped):
        shape_of("dendrogram", units, seed=5, work=Watcher(stop_at=1))


def test_radius_grows_with_the_rank_and_like_its_logarithm_far_out() -> None:
    share = radius_share(10_000)
    assert share[0] == 0.0 and share[-1] == 1.0 and (np.diff(share) > 0).all()
    octaves = share[[1_250, 2_500, 5_000]]
    assert np.allclose(np.diff(octaves), np.log(2) / np.log(3001), rtol=0.01)
    assert radius_share(1).tolist() == [0.0]


def test_frequent_first_then_uncounted_in_token_id_order() -> None:
    assert by_frequency(np.array([0, 5, 0, 9, 5, 0])).tolist() == [3, 1, 4, 0, 2, 5]


def test_placing_scales_the_shape_and_never_leaves_the_radius() -> None:
    units, _ = clusters(4, 30)
    shape = shape_of("dendrogram", units, seed=0)
    for radius in (0.1, 4.0, 12.0, 50.0):
        points = place(shape, radius=radius)
        assert points.rho.tolist() == (radius * shape.share).tolist()
        assert points.theta.tolist() == shape.theta.tolist()
    assert n_on_boundary(place(shape, radius=12.0)) == 0 < n_on_boundary(place(shape, radius=50.0)) < 120
    for radius in (0.0, -1.0, 51.0, float("nan")):
        with pytest.raises(HypvizError, match=r"radius must be a number from 0\.1 to 50"):
            place(shape, radius=radius)


@pytest.mark.slow
def test_umap_keeps_clusters_apart_and_repeats_itself() -> None:
    units, label = clusters(3, 25)
    seen = Watcher()
    shape = shape_of("umap", units, seed=1, work=seen)
    assert shape.share.max() == 1.0 and shape.share.min() >= 0 and shape.n_groups is None
    points = place(shape, radius=4.0)
    apart = polar_distance(points.rho[:, None], points.theta[:, None], to_rho=points.rho, to_theta=points.theta)
    np.fill_diagonal(apart, np.inf)
    assert (label[apart.argmin(axis=1)] == label).mean() > 0.95
    again = shape_of("umap", units, seed=1)
    assert again.theta.tolist() == shape.theta.tolist() and again.share.tolist() == shape.share.tolist()
    assert seen.shares and seen.shares == sorted(seen.shares)


@pytest.mark.slow
@pytest.mark.parametrize("looks", [1, 2])
def test_a_stopped_umap_leaves_the_progress_bars_of_other_threads_free(looks: int) -> None:
    units, _ = clusters(3, 200)
    asked: list[None] = []

    def should_stop() -> bool:
        asked.append(None)
        return len(asked) >= looks

    with pytest.raises(Stopped):
        shape_of("umap", units, seed=1, work=Work(asked_to_stop=should_stop))
    drawn: list[int] = []
    other = threading.Thread(target=lambda: drawn.extend(tqdm(range(2), disable=True)), daemon=True)
    other.start()
    other.join(30)
    assert drawn == [0, 1] and len(asked) >= looks


def test_one_far_island_does_not_press_the_rest_into_the_middle() -> None:
    rng = np.random.default_rng(0)
    near = rng.normal(size=(200, 2))
    together = drawn_shape(near)
    length = np.hypot(*(near - np.median(near, axis=0)).T)
    inner = length <= 1.5 * np.median(length)
    assert np.allclose(together.share[inner] / length[inner], together.share[inner][0] / length[inner][0])
    assert (np.diff(together.share[np.argsort(length)]) >= 0).all() and together.n_shortened == (~inner).sum()
    island = drawn_shape(np.concatenate([near, near[:5] * 0.1 + [60.0, 0.0]]))
    assert island.share.max() == 1.0 and np.median(island.share) > 0.1 > 3 * np.median(length) / 60
    alone = drawn_shape(np.zeros((4, 2)))
    assert alone.share.tolist() == [0.0] * 4 and alone.n_shortened == 0


def test_umap_of_too_few_tokens_is_refused() -> None:
    with pytest.raises(HypvizError, match="UMAP needs at least 5 tokens, but got 3"):
        shape_of("umap", np.eye(3, dtype=np.float32), seed=0)


def test_shapes_survive_the_store_format() -> None:
    shape = LayoutShape(share=np.array([0.0, 1.0]), theta=np.array([0.5, -2.0]), n_groups=3, n_shortened=0)
    again = LayoutShape.from_json(shape.to_json())
    assert again.share.tolist() == [0.0, 1.0] and again.n_groups == 3


@pytest.mark.slow
def test_umap_runs_under_the_lock_that_every_other_parallel_loop_waits_for() -> None:
    from hypviz.compiled import PARALLEL

    taken: list[bool] = []

    def try_it() -> None:
        taken.append(PARALLEL.acquire(blocking=False))
        if taken[-1]:
            PARALLEL.release()

    def look() -> bool:
        other = threading.Thread(target=try_it)
        other.start()
        other.join()
        return False

    units = clusters(3, 25)[0]
    found = true_neighbours(units)
    rows = LayoutRows(values=units, units=units, find=lambda work: found)
    LAYOUTS.require("umap").shape(rows, seed=1, work=Work(asked_to_stop=look))
    assert taken and not any(taken)
