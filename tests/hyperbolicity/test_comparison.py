"""The verdict is calibrated: chance is called chance as often as promised, a tree is found, and shared tokens fool nobody."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import compare_with_chance, measure_prompts, null_deltas, prompt_points, tree_control
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME


def random_prompts(rng: np.random.Generator, n_prompts: int, vocabulary: int, length: int) -> list[list[int]]:
    """Every prompt starts with token 0, as with a special first token; the others are drawn with repeats."""
    return [[0, *rng.integers(1, vocabulary, size=length).tolist()] for _ in range(n_prompts)]


def verdict(embeddings: np.ndarray, prompts: list[list[int]], seed: int) -> str:
    sets = prompt_points(prompts, embeddings)
    measured = measure_prompts(sets).delta_rel
    return compare_with_chance(measured, null_deltas(sets, seed=seed)).verdict


def test_gaussian_embeddings_are_not_distinguishable_in_95_percent_of_cases():
    """All prompts share the base and most tokens; a paired test over prompts would be wrong far more often."""
    rng = np.random.default_rng(0)
    n_sets = 160
    verdicts = []
    for seed in range(n_sets):
        embeddings = (3 + 0.02 * rng.normal(size=(25, 12))).astype(np.float32)
        verdicts.append(verdict(embeddings, random_prompts(rng, 12, 25, 9), seed))
    share = verdicts.count(SAME) / n_sets
    assert 0.90 <= share <= 0.99
    assert verdicts.count(LOWER) < 0.07 * n_sets
    assert verdicts.count(HIGHER) < 0.07 * n_sets


def test_points_near_a_line_are_lower_and_points_on_a_circle_higher():
    rng = np.random.default_rng(1)
    prompts = random_prompts(rng, 20, 60, 14)
    line = np.concatenate([rng.normal(size=(60, 1)), 1e-3 * rng.normal(size=(60, 11))], axis=1)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.concatenate([np.cos(angle)[:, None], np.sin(angle)[:, None], np.zeros((60, 10))], axis=1)
    assert verdict(line, prompts, seed=0) == LOWER
    assert verdict(circle, prompts, seed=0) == HIGHER


def test_a_tree_is_lower_than_chance_with_its_effect_size():
    rng = np.random.default_rng(2)
    sets = prompt_points(random_prompts(rng, 10, 50, 12), rng.normal(size=(50, 64)))
    null = null_deltas(sets, seed=0)
    found = compare_with_chance(tree_control(sets.n_points, seed=0), null)
    assert found.verdict == LOWER
    assert found.p == pytest.approx(2 / 40)
    assert found.share_below == 1
    assert found.difference.value == pytest.approx(-null.mean(), abs=1e-12)
    assert found.difference.high < 0
    assert found.effect_size == pytest.approx(-null.mean() / (null - null.mean(axis=0)).std(axis=0, ddof=1).mean(), rel=0.1)


def test_the_difference_is_paired_and_its_interval_decides_the_verdict():
    rng = np.random.default_rng(3)
    own_level = np.linspace(0.1, 0.6, 30)  # prompts differ much more among themselves than from chance
    null = own_level + 0.01 * rng.normal(size=(39, 30))
    found = compare_with_chance(own_level - 0.02, null)
    assert found.verdict == LOWER
    assert found.difference.value == pytest.approx(-0.02, abs=0.002)
    assert found.effect_size == pytest.approx(-2, abs=0.3)
    assert found.difference.excludes(0)
    same = compare_with_chance(null[0], null[1:].repeat(2, axis=0))
    assert same.verdict == SAME
    assert not same.difference.excludes(0)


def test_one_dimension_is_a_tree_for_chance_too():
    sets = prompt_points([[0, 1, 2, 3, 4, 5]], np.random.default_rng(0).normal(size=(6, 1)))
    found = compare_with_chance(measure_prompts(sets).delta_rel, null_deltas(sets, seed=0))
    assert found.verdict == SAME
    assert found.effect_size is None


def test_a_null_of_other_prompts_is_refused():
    with pytest.raises(HypvizError, match="same prompts"):
        compare_with_chance(np.zeros(3), np.zeros((39, 4)))
    with pytest.raises(HypvizError, match="at least 39"):
        compare_with_chance(np.zeros(3), np.zeros((10, 3)))
