"""Prompts become points by the stated rules, and the nulls have the law they claim."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    delta_at_base,
    draw_prompts,
    euclidean_distances,
    measure_prompts,
    null_deltas,
    prompt_points,
    relative_delta,
    tree_control,
)
from tests.watching import Watcher


@pytest.fixture
def embeddings() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)


def test_the_first_token_is_the_base_and_duplicates_change_nothing(embeddings):
    prompt = [9, 3, 4, 9, 3, 7, 1, 3]
    sets = prompt_points([prompt], embeddings)
    found = measure_prompts(sets)
    D = euclidean_distances(embeddings[prompt])  # duplicates kept, as in the paper
    assert found.delta[0] == pytest.approx(delta_at_base(D, 0), abs=1e-12)
    assert found.diameter[0] == D.max()
    assert found.delta_rel[0] == pytest.approx(2 * found.delta[0] / D.max())
    assert sets.n_points.tolist() == [5]
    assert sets.n_tokens.tolist() == [8]
    assert (sets.table[sets.points[0][0]] == embeddings[9]).all()


def test_tokens_with_equal_rows_are_one_point(embeddings):
    twins = embeddings.copy()
    twins[5] = twins[6]
    twins[7, 0], twins[8] = 0.0, twins[7]
    twins[8, 0] = -0.0
    assert prompt_points([[1, 2, 3, 5, 6, 7, 8]], twins).n_points.tolist() == [5]


def test_short_and_long_prompts_are_counted_not_dropped_in_silence(embeddings, monkeypatch):
    monkeypatch.setattr("hypviz.hyperbolicity.prompts.MOST_POINTS", 6)
    sets = prompt_points([[1, 2, 1, 3], [], [1, 2, 3, 4], list(range(7)), [4, 5, 6, 7, 8]], embeddings)
    assert (sets.n_too_short, sets.n_too_long, sets.prompt.tolist()) == (2, 1, [2, 4])


@pytest.mark.parametrize(
    ("prompts", "message"), [([], "None of the 0"), ([[1, 1, 2]], "None of the 1"), ([[1, 2, 3, 99]], "99"), ([[-1, 2, 3, 4]], "-1")]
)
def test_what_cannot_be_measured_is_said(embeddings, prompts, message):
    with pytest.raises(HypvizError, match=message):
        prompt_points(prompts, embeddings)


def test_only_used_rows_must_be_finite(embeddings):
    damaged = embeddings.copy()
    damaged[20, 3] = np.nan
    prompt_points([[1, 2, 3, 4]], damaged)
    with pytest.raises(HypvizError, match="first id 20"):
        prompt_points([[1, 2, 3, 20]], damaged)


@pytest.mark.parametrize(("d", "mean", "std"), [(256, 0.187, 0.017), (16, 0.39, 0.05)])
def test_null_deltas_has_its_known_level_at_100_points(d, mean, std):
    sets = prompt_points([list(range(100))], np.random.default_rng(0).normal(size=(100, d)))
    null = null_deltas(sets, seed=1, n_repeats=30)
    assert null.mean() == pytest.approx(mean, abs=std)
    assert null.std() < 2 * std


def test_batches_of_equal_size_change_nothing(embeddings, monkeypatch):
    rng = np.random.default_rng(0)
    sets = prompt_points([rng.integers(0, 30, size=rng.integers(5, 12)).tolist() for _ in range(40)], embeddings)
    one_by_one = [relative_delta(euclidean_distances(sets.table[p])).delta_rel for p in sets.points]
    assert measure_prompts(sets).delta_rel == pytest.approx(one_by_one, abs=1e-12)
    null = null_deltas(sets, seed=3, n_repeats=2)
    table = np.random.default_rng([3, 1]).standard_normal(sets.table.shape, dtype=np.float32)
    used = np.unique(np.concatenate(sets.points))
    by_hand = [relative_delta(euclidean_distances(table[np.searchsorted(used, p)])).delta_rel for p in sets.points]
    assert null[1] == pytest.approx(by_hand, abs=1e-6)
    monkeypatch.setattr("hypviz.hyperbolicity.prompts._TOGETHER", 3)
    assert null_deltas(sets, seed=3, n_repeats=2) == pytest.approx(null, abs=1e-9)


def test_null_deltas_depends_on_seed_and_shape_only(embeddings):
    prompts = [[0, 1, 2, 3, 4], [0, 3, 4, 5, 6, 7]]
    null = null_deltas(prompt_points(prompts, embeddings), seed=4, n_repeats=3)
    assert (null == null_deltas(prompt_points(prompts, 7 + embeddings * 3), seed=4, n_repeats=3)).all()
    assert (null != null_deltas(prompt_points(prompts, embeddings), seed=5, n_repeats=3)).all()
    assert null.shape == (3, 2)


def test_a_draw_of_prompts_keeps_their_order_and_its_null_is_the_nulls_of_those_prompts(embeddings):
    sets = prompt_points([[0, i, i + 1, i + 2, i + 3] for i in range(1, 21)], embeddings)
    rows = draw_prompts(sets, 6, seed=1)
    assert rows.tolist() == sorted(set(rows.tolist())) and rows.size == 6
    assert draw_prompts(sets, 99, seed=1).tolist() == list(range(20))
    assert draw_prompts(sets, 6, seed=2).tolist() != rows.tolist()
    null = null_deltas(sets, seed=0, rows=rows, n_repeats=60)
    whole = null_deltas(sets, seed=1, n_repeats=60)[:, rows]
    assert null.shape == whole.shape
    assert null.mean() == pytest.approx(whole.mean(), abs=0.03)


def test_tree_control_is_zero():
    assert np.abs(tree_control(np.array([4, 9, 120]), seed=0)).max() < 1e-12


def test_long_measurements_report_and_stop(embeddings):
    sets, watcher = prompt_points([[0, 1, 2, 3, 4], [0, 3, 4, 5, 6, 7]], embeddings), Watcher()
    null_deltas(sets, seed=0, n_repeats=3, work=watcher)
    measure_prompts(sets, work=watcher)
    seen = [(done, total) for done, total, _ in watcher.reports]
    assert seen == [(i, 6) for i in range(1, 7)] + [(1, 2), (2, 2)]  # two sizes, so two batches a repeat
    with pytest.raises(Stopped):
        null_deltas(sets, seed=0, work=Watcher(stop_at=1))
    with pytest.raises(Stopped):
        measure_prompts(sets, work=Watcher(stop_at=1))
