"""The methods of the plain reading and umap-learn's hyperboloid; every method: registered, described, repeatable, true to its sentences."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import polar_distance
from hypviz.layout import LAYOUTS, centred_units, radius_share
from hypviz.layout.methods.umap_hyperboloid import hyperboloid_points
from hypviz.statistics.rows import row_norms
from tests.layout.shaping import shape_of
from tests.layout.test_shapes import clusters
from tests.watching import Watcher


def _rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) * np.linspace(3, 0.3, d) + rng.normal(size=d) * 5).astype(np.float32)


SLOW = ("umap", "umap-hyperboloid")  # umap-learn compiles itself first


@pytest.mark.parametrize("method", [pytest.param(m, marks=pytest.mark.slow if m in SLOW else ()) for m in LAYOUTS])
def test_every_method_repeats_itself_and_is_described(method: str) -> None:
    entry = LAYOUTS[method]
    assert entry.label and entry.help and entry.libraries and entry.seconds(1000) >= 0.0
    assert sum(stage.share for stage in entry.stages) == pytest.approx(1.0) and all(stage.text for stage in entry.stages)
    rows = _rows(40, 6)
    units = centred_units(rows).rows
    told = Watcher()
    first = shape_of(method, units, values=rows, seed=2, work=told)
    again = shape_of(method, units, values=rows, seed=2)
    assert first.theta.tolist() == again.theta.tolist() and first.share.tolist() == again.share.tolist()
    assert first.share.shape == first.theta.shape == (40,) and first.share.min() >= 0.0 and first.share.max() == pytest.approx(1.0)
    assert np.isfinite(first.theta).all() and np.abs(first.theta).max() <= np.pi + 1e-12
    assert told.shares[-1] == pytest.approx(1.0) and told.shares == sorted(told.shares)
    assert {text for _, _, text in told.reports} <= {stage.text for stage in entry.stages}
    with pytest.raises(Stopped):
        shape_of(method, units, values=rows, seed=2, work=Watcher(stop_at=1))


def test_a_name_that_is_no_method_is_refused_with_those_that_are() -> None:
    with pytest.raises(HypvizError, match="no layout method 'tsne'; choose one of planar-sne, dendrogram, "):
        LAYOUTS.require("tsne")


@pytest.mark.parametrize("d", [1, 2, 7, 40])
def test_the_angle_is_that_of_scikit_learns_components(d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.decomposition import PCA

    from hypviz.layout.parts import principal

    rows = _rows(60, d)
    plane = PCA(n_components=min(2, d), svd_solver="full").fit(rows.astype(np.float64))
    sign = np.sign(plane.components_[np.arange(min(2, d)), np.abs(plane.components_).argmax(axis=1)])
    found = (rows - rows.mean(axis=0, dtype=np.float64)) @ (plane.components_ * sign[:, None]).T
    want = np.arctan2(found[:, 1] if d > 1 else 0.0, found[:, 0])
    for block in (principal.BLOCK, 3 * d):
        monkeypatch.setattr(principal, "BLOCK", block)
        shape = shape_of("pca", rows)
        assert np.allclose(np.exp(1j * shape.theta), np.exp(1j * want), atol=1e-4)
    assert shape.share.tolist() == radius_share(60).tolist()


def test_the_norm_is_the_radius_in_proportion() -> None:
    rows = _rows(50, 5, seed=1)
    norm = np.array([float(mpmath.norm([float(v) for v in row])) for row in rows])
    shape = shape_of("norm-radius", rows)
    assert np.allclose(row_norms(rows), norm, rtol=1e-12) and np.allclose(shape.share, norm / norm.max(), rtol=1e-12)
    assert shape.theta.tolist() == shape_of("pca", rows).theta.tolist()
    assert shape_of("norm-radius", np.zeros((4, 3), dtype=np.float32)).share.tolist() == [0.0] * 4


def test_hyperboloid_points_keep_their_distances_around_a_middle() -> None:
    rng = np.random.default_rng(5)
    plane = rng.normal(size=(30, 2)) * np.exp(rng.normal(size=(30, 1))) + [40.0, -9.0]
    points = hyperboloid_points(plane)
    with mpmath.workdps(40):
        for i, j in rng.integers(0, 30, (40, 2)):
            a, b = [mpmath.mpf(v) for v in plane[i]], [mpmath.mpf(v) for v in plane[j]]
            t = mpmath.sqrt(1 + a[0] ** 2 + a[1] ** 2) * mpmath.sqrt(1 + b[0] ** 2 + b[1] ** 2)
            want = float(mpmath.acosh(max(mpmath.mpf(1), t - a[0] * b[0] - a[1] * b[1])))
            d = polar_distance(points.rho[i : i + 1], points.theta[i : i + 1], to_rho=float(points.rho[j]), to_theta=float(points.theta[j]))
            assert d[0] == pytest.approx(want, abs=1e-9)
    space = np.sinh(points.rho)[:, None] * np.stack([np.cos(points.theta), np.sin(points.theta)], axis=1)
    assert np.abs(space.mean(axis=0)).max() < 1e-9 * np.cosh(points.rho).mean()


@pytest.mark.slow
def test_umaps_hyperboloid_keeps_clusters_together() -> None:
    units, label = clusters(3, 30)
    seen = Watcher()
    shape = shape_of("umap-hyperboloid", units, seed=1, work=seen)
    apart = polar_distance(4 * shape.share[:, None], shape.theta[:, None], to_rho=4 * shape.share, to_theta=shape.theta)
    np.fill_diagonal(apart, np.inf)
    assert (label[apart.argmin(axis=1)] == label).mean() > 0.9 and seen.shares and seen.shares == sorted(seen.shares)
    with pytest.raises(HypvizError, match="at least 5 tokens"):
        shape_of("umap-hyperboloid", units[:4], seed=0)


@pytest.mark.parametrize("method", ["umap", "umap-hyperboloid"])
def test_a_seed_that_umap_cannot_take_is_one_sentence(method: str) -> None:
    with pytest.raises(HypvizError, match=r"4,294,967,296.*smaller"):
        shape_of(method, _rows(30, 4), seed=2**32)
