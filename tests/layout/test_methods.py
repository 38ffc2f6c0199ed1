"""The methods of the plain reading and umap-learn's hyperboloid; every method: registered, described, repeatable, true to its sentences."""

from __future__ import annotations

import dataclasses

import mpmath
import numpy as np
import pytest

from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import polar_distance
from hypviz.layout import centred_units, layout_shape, norm_radius_shape, pca_shape, radius_share, row_norms, umap_hyperboloid_shape
from hypviz.layout.methods.umap_hyperboloid import hyperboloid_points
from hypviz.layout.registry import LIBRARIES, STAGES
from hypviz.records import Provenance
from hypviz.records.layout import LAYOUT_METHODS, ROW_ORDER, DiskLayout, LayoutQuality
from hypviz.words.disk import METHOD_LABELS, disk_finding, how_it_was_made, layout_name, quality_sentence
from tests.layout.test_shapes import clusters


def _rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) * np.linspace(3, 0.3, d) + rng.normal(size=d) * 5).astype(np.float32)


SLOW = ("umap", "umap-hyperboloid")  # umap-learn compiles itself first


@pytest.mark.parametrize("method", [pytest.param(m, marks=pytest.mark.slow if m in SLOW else ()) for m in LAYOUT_METHODS])
def test_every_method_repeats_itself_and_is_described(method: str) -> None:
    assert METHOD_LABELS[method] and STAGES[method] and LIBRARIES[method]
    rows = _rows(40, 6)
    units, _ = centred_units(rows)
    told: list[tuple[int, int]] = []
    first = layout_shape(method, rows, units, seed=2, progress=lambda done, total: told.append((done, total)))
    again = layout_shape(method, rows, units, seed=2)
    assert first.theta.tolist() == again.theta.tolist() and first.share.tolist() == again.share.tolist()
    assert first.share.shape == first.theta.shape == (40,) and first.share.min() >= 0.0 and first.share.max() == pytest.approx(1.0)
    assert np.isfinite(first.theta).all() and np.abs(first.theta).max() <= np.pi + 1e-12
    assert told and [done for done, _ in told] == sorted(done for done, _ in told)
    with pytest.raises(Stopped):
        layout_shape(method, rows, units, seed=2, should_stop=lambda: True)


def test_labels_are_those_of_the_methods_and_another_name_is_refused() -> None:
    assert set(METHOD_LABELS) == set(LAYOUT_METHODS) == set(STAGES) == set(LIBRARIES)
    with pytest.raises(HypvizError, match="no layout method 'tsne'"):
        layout_shape("tsne", np.ones((3, 2)), np.ones((3, 2)), seed=0)


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
        shape = pca_shape(rows)
        assert np.allclose(np.exp(1j * shape.theta), np.exp(1j * want), atol=1e-4)
    assert shape.share.tolist() == radius_share(60).tolist()


def test_the_norm_is_the_radius_in_proportion() -> None:
    rows = _rows(50, 5, seed=1)
    norm = np.array([float(mpmath.norm([float(v) for v in row])) for row in rows])
    shape = norm_radius_shape(rows)
    assert np.allclose(row_norms(rows), norm, rtol=1e-12) and np.allclose(shape.share, norm / norm.max(), rtol=1e-12)
    assert shape.theta.tolist() == pca_shape(rows).theta.tolist()
    assert norm_radius_shape(np.zeros((4, 3), dtype=np.float32)).share.tolist() == [0.0] * 4


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
    seen: list[int] = []
    shape = umap_hyperboloid_shape(units, seed=1, progress=lambda done, total: seen.append(done))
    apart = polar_distance(4 * shape.share[:, None], shape.theta[:, None], to_rho=4 * shape.share, to_theta=shape.theta)
    np.fill_diagonal(apart, np.inf)
    assert (label[apart.argmin(axis=1)] == label).mean() > 0.9 and seen == sorted(seen) and seen
    with pytest.raises(HypvizError, match="at least 5 tokens"):
        umap_hyperboloid_shape(units[:4], seed=0)


def _layout(method: str, **changed) -> DiskLayout:
    quality = LayoutQuality(
        k=2,
        neighbours_kept_at_10=0.25,
        kept_by_chance=0.0625,
        angle_neighbours_kept_at_10=0.125,
        trustworthiness=0.9,
        continuity=0.8,
        distance_spearman=0.5,
        radius_spearman=-0.75,
        radius_norm_spearman=0.25,
        rim_share=0.07,
        fill=0.55,
        n_queries=3,
        n_tokens=3,
        n_pairs=20_000,
    )
    fields = {
        "token_ids": np.arange(3),
        "rho": np.zeros(3),
        "theta": np.zeros(3),
        "counts": np.array([5, 2, 1]),
        "method": method,
        "radius": 4.0,
        "radius_source": "bundled problems",
        "table": "input",
        "seed": 0,
        "n_clipped": 0,
        "n_uncounted": 0,
        "n_zero_rows": 0,
        "n_without_token": 0,
        "n_groups": None,
        "n_shortened": 0,
        "n_rounds": 0,
        "n_rounds_done": 0,
        "kept": np.zeros(3, dtype=np.uint8),
        "quality": quality,
        "cpu_seconds": 1.5,
        "provenance": Provenance(model="m"),
    }
    return DiskLayout(**(fields | changed))


@pytest.mark.parametrize(
    ("method", "radius", "angle"),
    [
        ("dendrogram", "frequency rank in bundled problems", "leaf order"),
        ("hyperbolic-umap", "hyperbolic distance", "start is an average-linkage tree"),
        ("frequency-umap", "drawn towards a radius by its frequency rank in bundled problems", "start is an average-linkage tree"),
        ("tree", "path to the root", "hangs below the other"),
        ("umap", "Radius from UMAP", "exponential map"),
        ("umap-hyperboloid", "umap-learn's hyperboloid", "laid out on the hyperboloid"),
        ("pca", "frequency rank in bundled problems", "principal components"),
        ("norm-radius", "in proportion to the L2 norm", "principal components"),
    ],
)
def test_how_it_was_made_names_the_method(method: str, radius: str, angle: str) -> None:
    first, second = how_it_was_made(_layout(method))
    assert radius in first and "R = 4" in first and angle in second
    measured = quality_sentence(_layout(method))
    assert (
        "25.0 % of the 2 nearest neighbours kept (12.5 % by the angle alone, 6.2 % by chance; " in measured
        and "continuity 0.800" in measured
    )
    assert "55 % of 800 cells" in measured and ("radius and norm +0.25" in measured) == (method != "norm-radius")
    assert ("radius and frequency -0.75" in measured) == (method not in ("dendrogram", "pca"))


def test_the_proxy_is_named_for_what_it_is() -> None:
    nothing = {"counts": np.zeros(3, dtype=int), "n_uncounted": 3}
    assert "Radius from the row order, which stands in" in how_it_was_made(_layout("pca", radius_source=ROW_ORDER, **nothing))[0]
    assert (
        "Radius from the token id, which stands in" in how_it_was_made(_layout("dendrogram", radius_source="token-id order", **nothing))[0]
    )
    assert "(row order stands in for the frequency)" in how_it_was_made(_layout("tree", radius_source=ROW_ORDER, **nothing))[1]


@pytest.mark.parametrize("method", LAYOUT_METHODS)
def test_few_counted_tokens_stand_in_the_title_where_frequency_decides_places(method: str) -> None:
    few = {"counts": np.array([5, 0, 0]), "n_uncounted": 2}
    by_frequency = method in ("dendrogram", "pca", "tree", "frequency-umap")
    said = "; only 1 tokens were counted (33 %), the others follow in token-id order"
    assert disk_finding(_layout(method, **few)).endswith(said) == by_frequency
    assert "row order" in disk_finding(_layout("dendrogram", table="matrix", **few))
    assert ("2 tokens that do not occur" in " ".join(how_it_was_made(_layout(method, **few)))) == by_frequency
    none = disk_finding(_layout(method, counts=np.zeros(3, dtype=int), n_uncounted=3, radius_source="token-id order"))
    assert ("no token was counted, token-id order stands in" in none) == by_frequency
    assert "counted" not in disk_finding(_layout(method))


def test_a_stopped_layout_and_another_table_say_so() -> None:
    lines = how_it_was_made(_layout("hyperbolic-umap", n_rounds=200, n_rounds_done=37, table="output"))
    assert lines[0].startswith("Stopped after 37 of 200 rounds") and "output layer" in lines[1]
    first, second = _layout("tree"), _layout("tree", table="output")
    assert layout_name(first, first) == "Tree of tokens" and layout_name(second, first) == "Tree of tokens of the output table"


def test_records_hold_exactly_their_fields() -> None:
    layout = _layout("tree")
    assert DiskLayout.from_json(layout.to_json()).quality == layout.quality
    text = layout.to_json()
    for name in (f.name for f in dataclasses.fields(LayoutQuality)):
        with pytest.raises(HypvizError, match="recompute"):
            DiskLayout.from_json(text.replace(f'"{name}"', f'"not_{name}"'))


@pytest.mark.parametrize(("kept", "said"), [(0.0042, "0.42 %"), (0.026, "2.6 %"), (0.0962, "10 %"), (0.253, "25 %"), (1.0, "100 %")])
def test_a_small_share_can_be_compared_with_chance_in_the_title(kept: float, said: str) -> None:
    layout = _layout("pca")
    measured = dataclasses.replace(layout.quality, neighbours_kept_at_10=kept, kept_by_chance=0.0024, k=10)
    title = disk_finding(dataclasses.replace(layout, quality=measured))
    assert f"the disk keeps {said} of the ten nearest neighbours (0.24 % by chance)" in title
