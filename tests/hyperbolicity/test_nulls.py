"""Each null keeps what it says and breaks the rest, is calibrated on chance, and the spaces of known shape have their known order."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    ALL_BASES,
    NULLS,
    ONE_BASE,
    PromptPoints,
    compare_with_chance,
    control_deltas,
    control_distances,
    four_point_delta,
    measure_prompts,
    null_deltas,
    prompt_points,
    relative_deltas,
    spectrum,
    tree_distances,
)
from hypviz.hyperbolicity.nulls import Sample
from hypviz.hyperbolicity.nulls.shuffled_prompts import redraw
from hypviz.records.hyperbolicity import LOWER, SAME
from tests.hyperbolicity.test_comparison import random_prompts
from tests.watching import Watcher


@pytest.fixture
def sets() -> PromptPoints:
    """Prompts that share a first token and more, over a table of unequal norms, scales and a mean."""
    rng = np.random.default_rng(0)
    table = 1.0 + rng.normal(size=(40, 6)) * np.array([5.0, 3.0, 1.0, 1.0, 0.5, 0.1])
    return prompt_points(random_prompts(rng, 15, 40, 12), table.astype(np.float32))


def drawn(table: np.ndarray, name: str, n_repeats: int, **options: bool) -> np.ndarray:
    """Tables of a null, (n_repeats, n, d)."""
    draw = NULLS[name].prepare(Sample(table=table, **options))
    return np.stack([draw(np.random.default_rng([7, repeat])) for repeat in range(n_repeats)])


def test_directions_keep_every_norm_and_are_uniform(sets):
    found = drawn(sets.table, "directions", 400)
    norms = np.linalg.norm(sets.table, axis=1)
    assert np.linalg.norm(found, axis=2) == pytest.approx(np.broadcast_to(norms, found.shape[:2]), rel=1e-5)
    units = (found / norms[:, None]).reshape(-1, 6).astype(np.float64)
    assert np.abs(units.mean(axis=0)).max() < 4 / np.sqrt(6 * len(units))
    assert units.T @ units / len(units) == pytest.approx(np.eye(6) / 6, abs=4 / np.sqrt(6 * len(units)))


@pytest.mark.parametrize(("n", "d"), [(30, 5), (8, 20)])
def test_the_spectrum_null_has_the_covariance_of_the_tokens(n, d):
    rng = np.random.default_rng(n)
    table = (4.0 + rng.normal(size=(n, d)) * np.geomspace(3.0, 0.1, d)).astype(np.float32)
    found = drawn(table, "spectrum", 4000).astype(np.float64)
    own = np.linalg.eigvalsh(np.cov(table.astype(np.float64), rowvar=False))[::-1][: min(n - 1, d)]
    covariance = np.mean([np.cov(one, rowvar=False) for one in found], axis=0)
    assert np.diagonal(covariance) == pytest.approx(own, rel=0.06)
    correlation = covariance / np.sqrt(np.outer(own, own))
    assert np.abs(correlation - np.diag(np.diagonal(correlation))).max() < 5 / np.sqrt(len(found) * (n - 1))


@pytest.mark.parametrize(("n", "d"), [(50, 7), (7, 50), (20, 20), (2, 3), (1, 4)])
def test_the_spectrum_is_that_of_the_singular_values(n, d):
    table = 100.0 + np.random.default_rng(d).normal(size=(n, d))
    values = np.linalg.svd(table - table.mean(axis=0), compute_uv=False)[: max(1, min(n - 1, d))] / np.sqrt(max(n - 1, 1))
    found = spectrum(table)
    assert found == pytest.approx(values, rel=1e-9, abs=1e-9)
    assert (np.diff(found) <= 0).all() and spectrum(table - 37.0) == pytest.approx(found, rel=1e-9, abs=1e-9)


def test_shuffled_coordinates_keep_every_column_and_break_their_company(sets):
    column = np.random.default_rng(1).normal(size=(200, 1)).astype(np.float32)
    twins = np.concatenate([column, column, sets.table[:1, :1] + column**2], axis=1)
    found = drawn(twins, "coordinates", 50)
    assert (np.sort(found, axis=1) == np.sort(twins, axis=0)).all()
    correlations = [np.corrcoef(one[:, 0], one[:, 1])[0, 1] for one in found]
    assert np.abs(correlations).max() < 4 / np.sqrt(200)
    assert np.mean(correlations) == pytest.approx(0, abs=4 / np.sqrt(200 * 50))


def test_the_gaussian_null_is_standard_and_has_the_tables_size_where_size_counts(sets):
    plain, scaled = drawn(sets.table, "gaussian", 200), drawn(sets.table, "gaussian", 200, to_scale=True)
    size = np.sqrt(np.mean(sets.table.astype(np.float64) ** 2))
    assert (plain.mean(), plain.std()) == (pytest.approx(0, abs=0.02), pytest.approx(1, rel=0.01))
    assert scaled == pytest.approx(size * plain, rel=1e-5)


def test_shuffled_prompts_keep_the_vectors_the_base_and_the_number_of_points(sets):
    assert (drawn(sets.table, "prompts", 1)[0] == sets.table).all()
    used, occurrences = np.unique(np.concatenate(sets.points), return_counts=True)
    local = [np.searchsorted(used, points) for points in sets.points]
    for seed in range(30):
        found = redraw(local, occurrences, np.random.default_rng(seed))
        assert [points[0] for points in found] == [points[0] for points in local]
        assert [np.unique(points).size for points in found] == [points.size for points in local]
        assert all(points.min() >= 0 and points.max() < used.size for points in found)
    whole = redraw([np.arange(9)], np.ones(9), np.random.default_rng(0))[0]
    assert sorted(whole.tolist()) == list(range(9)) and whole[0] == 0


def test_tokens_are_drawn_by_how_often_they_occur():
    """The first of the others falls on k with probability w_k / W; two others, drawn one after the other, by the same rule."""
    occurrences, n = np.array([1000, 1, 2, 4, 8, 25]), 20_000
    weights = occurrences[1:] / occurrences[1:].sum()  # the base never comes twice, however frequent
    rng = np.random.default_rng(3)
    ones = np.bincount([redraw([np.array([0, 1])], occurrences, rng)[0][1] for _ in range(n)], minlength=6)[1:] / n
    assert np.abs(ones - weights).max() < 4.5 * np.sqrt(0.25 / n)
    pairs = np.zeros(6)
    for _ in range(n):
        pairs[redraw([np.array([0, 1, 2])], occurrences, rng)[0][1:]] += 1 / n
    included = [w + sum(v * w / (1 - v) for j, v in enumerate(weights) if j != k) for k, w in enumerate(weights)]
    assert np.abs(pairs[1:] - included).max() < 4.5 * np.sqrt(0.25 / n)
    assert (np.diff(pairs[1:]) > 0).all()


@pytest.mark.parametrize("name", NULLS)
def test_a_null_depends_on_its_seed_and_nothing_else(sets, name):
    first = null_deltas(sets, name, seed=1, n_repeats=4)
    assert first.shape == (4, len(sets.points)) and ((first >= 0) & (first <= 1)).all()
    assert (null_deltas(sets, name, seed=1, n_repeats=4) == first).all()
    assert (null_deltas(sets, name, seed=1, n_repeats=2) == first[:2]).all()
    assert (null_deltas(sets, name, seed=2, n_repeats=4) != first).mean() > 0.9
    assert (first[1:] != first[:1]).mean() > 0.9


@pytest.mark.parametrize("name", NULLS)
def test_the_exact_delta_lies_between_the_base_points_and_twice_that_on_the_same_draws(sets, name):
    at_base, everywhere = (null_deltas(sets, name, seed=4, n_repeats=5, definition=d) for d in (ONE_BASE, ALL_BASES))
    assert (everywhere >= at_base - 1e-12).all() and (everywhere <= 2 * at_base + 1e-12).all()
    assert (everywhere > at_base + 1e-6).any()


def test_only_the_chosen_rows_are_drawn(sets):
    rows = np.array([2, 5, 11])
    alone = PromptPoints(
        table=sets.table,
        points=tuple(sets.points[i] for i in rows),
        prompt=np.arange(3),
        n_tokens=sets.n_tokens[rows],
        n_too_short=0,
        n_too_long=0,
    )
    for name in NULLS:
        assert (null_deltas(sets, name, seed=0, rows=rows, n_repeats=3) == null_deltas(alone, name, seed=0, n_repeats=3)).all()


@pytest.mark.parametrize("name", NULLS)
def test_a_null_can_be_stopped(sets, name):
    with pytest.raises(Stopped):
        null_deltas(sets, name, seed=0, work=Watcher(stop_at=4))


def test_what_does_not_exist_is_refused(sets):
    with pytest.raises(HypvizError, match="no null 'uniform'"):
        null_deltas(sets, "uniform", seed=0)
    with pytest.raises(HypvizError, match="no definition 'average'"):
        null_deltas(sets, definition="average", seed=0)
    with pytest.raises(HypvizError, match="no metric 'taxicab'"):
        null_deltas(sets, metric="taxicab", seed=0)
    with pytest.raises(HypvizError, match="no control 'torus'"):
        control_deltas(np.array([5]), "torus", seed=0)


def share_like_chance(name: str, *, vocabulary: int, d: int, n_sets: int, definition: str = ONE_BASE) -> float:
    """The share of isotropic Gaussian tables whose prompts a null calls chance."""
    rng = np.random.default_rng(0)
    verdicts = []
    for seed in range(n_sets):
        table = (0.02 * rng.normal(size=(vocabulary, d))).astype(np.float32)
        sets = prompt_points(random_prompts(rng, 12, vocabulary, 9), table)
        measured = measure_prompts(sets, definition=definition).delta_rel
        verdicts.append(compare_with_chance(measured, null_deltas(sets, name, seed=seed, definition=definition)).verdict)
    return verdicts.count(SAME) / n_sets


@pytest.mark.parametrize("definition", [ONE_BASE, ALL_BASES])
@pytest.mark.parametrize("name", ["gaussian", "directions", "spectrum", "coordinates"])
def test_isotropic_gaussians_are_like_chance(name, definition):
    assert share_like_chance(name, vocabulary=25, d=12, n_sets=100, definition=definition) >= 0.85


@pytest.mark.parametrize("name", ["gaussian", "directions", "spectrum", "coordinates"])
def test_isotropic_gaussians_of_more_dimensions_than_tokens_are_like_chance(name):
    """The usual case: a few hundred tokens in a few thousand dimensions."""
    assert share_like_chance(name, vocabulary=40, d=160, n_sets=40) >= 0.85


@pytest.mark.parametrize("name", ["directions", "spectrum"])
def test_a_tree_is_lower_than_chance_over_all_base_points_too(sets, name):
    trees = np.array([float(relative_deltas(tree_distances(int(n), 0)[None], ALL_BASES).delta_rel[0]) for n in sets.n_points])
    assert np.abs(trees).max() < 1e-12
    found = compare_with_chance(trees, null_deltas(sets, name, seed=0, definition=ALL_BASES))
    assert found.verdict == LOWER and found.share_below == 1 and found.difference.high < 0


def test_points_near_a_line_are_low_for_random_directions_and_usual_for_their_spectrum():
    rng = np.random.default_rng(1)
    line = np.concatenate([rng.normal(size=(60, 1)), 1e-2 * rng.normal(size=(60, 5))], axis=1).astype(np.float32)
    sets = prompt_points(random_prompts(rng, 20, 60, 14), line)
    measured = measure_prompts(sets).delta_rel
    assert compare_with_chance(measured, null_deltas(sets, "directions", seed=0)).verdict == LOWER
    assert compare_with_chance(measured, null_deltas(sets, "spectrum", seed=0)).verdict == SAME


@pytest.mark.parametrize("definition", [ONE_BASE, ALL_BASES])
@pytest.mark.parametrize("seed", range(4))
def test_the_more_curved_the_space_the_more_tree_like(definition, seed):
    """At equal n: sphere, plane, hyperbolic plane out to 2 and to 10, tree."""
    order = ("sphere", "flat disk", "H², radius 2", "H², radius 10")
    sizes = np.array([30, 80, 30, 30])
    found = np.array([control_deltas(sizes, name, seed=seed, definition=definition) for name in order])
    assert (np.diff(found, axis=0) < 0).all() and (found > 1e-3).all()
    assert (found[:, 0] == found[:, 2]).all()  # one draw for every number of points
    assert (control_deltas(sizes, order[0], seed=seed + 50, definition=definition) != found[0]).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_hyperbolic_plane_never_exceeds_ln_2_and_reaches_it(seed):
    """delta over all quadruples of H² of curvature -1 is ln 2, the value of an ideal square; more points can only raise it."""
    D = control_distances("H², radius 10", 160, seed)
    deltas = [four_point_delta(D[:n, :n]).lower for n in (10, 20, 40, 80, 160)]
    assert (np.diff(deltas) >= -1e-6).all() and deltas[-1] > deltas[0]
    assert deltas[-1] <= np.log(2) + 1e-9
    assert deltas[-1] == pytest.approx(np.log(2), abs=1e-4)
    near = four_point_delta(control_distances("H², radius 2", 160, seed)).upper
    assert near < np.log(2) - 1e-3
