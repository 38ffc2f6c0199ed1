"""A thousand prompts at once give what one at a time gives from the definition, and samples what all quadruples give."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import (
    ALL_BASES,
    average_delta,
    base_spread,
    delta_at_base,
    four_point_delta,
    measure_prompts,
    prompt_deltas,
    relative_deltas,
    state_points,
    tree_distances,
)
from tests.hyperbolicity.test_base import random_metric

KINDS = ("points", "heavy", "ties", "graph", "tree")


def at_base(D: np.ndarray, base: int = 0) -> float:
    """The n^3 numbers of max_k min(G_ik, G_kj) - G_ij, all at once."""
    G = (D[base][:, None] + D[base][None] - D) / 2
    return float((np.minimum(G[:, :, None], G[None]).max(axis=1) - G).max())


def everywhere(D: np.ndarray) -> float:
    """The largest over all base points."""
    return max(at_base(D, base) for base in range(len(D)))


def quadruples(D: np.ndarray) -> np.ndarray:
    """delta of every quadruple of different points."""
    a, b, c, d = np.array(list(combinations(range(len(D)), 4))).T
    sums = np.sort(np.stack([D[a, b] + D[c, d], D[a, c] + D[b, d], D[a, d] + D[b, c]]), axis=0)
    return (sums[2] - sums[1]) / 2


@pytest.fixture
def table() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(300, 24)).astype(np.float32)


@pytest.mark.parametrize("definition", ["base", ALL_BASES])
def test_prompts_are_measured_as_one_at_a_time(table, definition):
    """Repeats stay in the oracle, where they change nothing; prompts come shuffled in length, the short ones between the others."""
    rng = np.random.default_rng(1)
    prompts = [rng.integers(0, 300, size=n).tolist() for n in rng.permutation(np.r_[1:40, 4:40, np.full(30, 9)])]
    prompts += [[5, 5, 5, 5, 5], [8, 9, 8, 9, 10], [], [7, 3, 3, 7, 1, 2, 7]]
    found = prompt_deltas(table, prompts, definition=definition)
    assert found.delta.shape == found.diameter.shape == found.delta_rel.shape == (len(prompts),)
    n_measured = 0
    for i, ids in enumerate(prompts):
        if len(set(ids)) < 4:
            assert found.delta[i] == found.delta_rel[i] == 0.0
            continue
        rows = table[ids].astype(np.float64)
        D = cdist(rows, rows)
        expected = everywhere(D) if definition == ALL_BASES else at_base(D)
        assert found.delta[i] == pytest.approx(expected, abs=1e-9 * D.max())
        assert found.diameter[i] == pytest.approx(D.max(), rel=1e-9)
        assert found.delta_rel[i] == pytest.approx(2 * expected / D.max(), abs=1e-9)
        n_measured += 1
    assert n_measured > 90


def test_long_prompts_and_longer_than_one_thread_takes(table):
    rng = np.random.default_rng(2)
    prompts = [rng.permutation(300)[:n].tolist() for n in (159, 160, 161, 200)]
    found = prompt_deltas(table, prompts)
    for i, ids in enumerate(prompts):
        D = cdist(table[ids].astype(np.float64), table[ids].astype(np.float64))
        assert found.delta[i] == pytest.approx(at_base(D), abs=1e-9 * D.max())


def test_only_the_first_token_has_a_place(table):
    ids = np.random.default_rng(3).permutation(300)[:25]
    turned = np.concatenate([ids[:1], ids[:0:-1]])
    found = prompt_deltas(table, [ids, turned, np.concatenate([ids, ids]), ids[::-1]]).delta
    assert found[:3] == pytest.approx(found[0], abs=1e-9)
    assert abs(found[3] - found[0]) > 1e-6


def test_no_prompts_give_no_deltas(table):
    assert prompt_deltas(table, []).delta.shape == (0,)


@pytest.mark.parametrize("prompts", [[[1, 2, 3]], [[]], [[1, 2, 3], [4, 4, 4, 4], []]])
def test_fewer_than_four_points_have_delta_zero_alone_too(table, prompts):
    found = prompt_deltas(table, prompts)
    assert found.delta.tolist() == found.delta_rel.tolist() == [0.0] * len(prompts)


@pytest.mark.parametrize(("bad", "message"), [(300, "Token id 300 has no row in a table of 300"), (-1, "Token id -1")])
def test_a_token_without_a_row_is_refused(table, bad, message):
    with pytest.raises(HypvizError, match=message):
        prompt_deltas(table, [[1, 2, 3, 4], [5, 6, bad, 7]])


def test_only_a_damaged_row_that_is_used_is_refused(table):
    table[17, 3], table[40, 0] = np.nan, np.inf
    assert prompt_deltas(table, [[1, 2, 3, 4, 5]]).delta[0] > 0
    with pytest.raises(HypvizError, match=r"1 tokens .*first id 17"):
        prompt_deltas(table, [[1, 2, 3, 4], [5, 6, 17, 7]])
    with pytest.raises(HypvizError, match=r"2 tokens .*first id 17"):
        prompt_deltas(table, [[1, 2, 3, 40], [5, 6, 17, 7]])


def test_a_prompt_too_long_is_refused(table, monkeypatch):
    monkeypatch.setattr("hypviz.hyperbolicity.prompts.MOST_POINTS", 6)
    with pytest.raises(HypvizError, match="1 prompts have more than 6 distinct tokens"):
        prompt_deltas(table, [[1, 2, 3, 4, 5], list(range(7))])
    assert prompt_deltas(table, [[1, 2, 3, 4, 5, 6, 6, 6]]).delta[0] > 0


@pytest.mark.parametrize("n", [20, 170])
@pytest.mark.parametrize("kind", KINDS)
def test_the_spread_over_bases_is_delta_at_each(kind, n):
    D = random_metric(n, kind, n)
    found = base_spread(D)
    assert found.shape == (n,)
    tight = 1e-9 * D.max()
    assert found == pytest.approx([delta_at_base(D, base) for base in range(n)], abs=tight)
    some = range(n) if n <= 20 else range(0, n, 17)
    assert found[list(some)] == pytest.approx([at_base(D, base) for base in some], abs=tight)
    everywhere_found = four_point_delta(D)
    assert everywhere_found.lower - 1e-8 * D.max() <= found.max() <= everywhere_found.upper + tight
    assert (2 * found >= everywhere_found.lower - tight).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_spread_of_three_points_is_zero(n):
    assert base_spread(np.ones((n, n)) - np.eye(n)).tolist() == [0.0] * n


@pytest.mark.parametrize("kind", ["points", "heavy", "ties", "graph"])
def test_the_interval_of_the_average_covers_all_quadruples_as_often_as_it_says(kind):
    D = random_metric(25, kind, 5)
    truth = quadruples(D).mean()
    found = [average_delta(D, seed=seed, n_quadruples=2000) for seed in range(600)]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.92 <= covered <= 0.98
    assert np.mean([one.value for one in found]) == pytest.approx(truth, rel=0.01)
    assert {one.n for one in found} == {2000}


def test_the_default_average_is_sharp_and_seeded():
    D = random_metric(25, "points", 6)
    truth = quadruples(D)
    first, again, other = (average_delta(D, seed=seed, level=0.999) for seed in (0, 0, 1))
    assert first == again and first.value != other.value
    for one in (first, other):
        assert one.low <= truth.mean() <= one.high and one.n == 200_000 and one.level == 0.999
        assert one.high - one.low == pytest.approx(2 * 3.2905 * truth.std() / np.sqrt(200_000), rel=0.02)


def test_the_average_of_a_tree_is_zero_and_of_four_points_their_own():
    tree = average_delta(tree_distances(60, 0), seed=0)
    assert max(abs(tree.low), abs(tree.value), abs(tree.high)) < 1e-12
    square = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]], dtype=float)
    found = average_delta(square, seed=0)
    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("n", [99, 101, 300, 301])
def test_exact_deltas_of_a_stack_are_four_point_deltas(n):
    stack = np.stack([random_metric(n, kind, n + i) for i, kind in enumerate(KINDS)])
    found = relative_deltas(stack, ALL_BASES)
    for i, D in enumerate(stack):
        alone = four_point_delta(D)
        assert alone.exact
        assert alone.lower - 1e-8 * D.max() <= found.delta[i] <= alone.upper + 1e-12 * D.max()
        assert found.diameter[i] == D.max()
        assert found.delta_rel[i] == pytest.approx(2 * alone.lower / D.max(), abs=4e-8)


@given(st.integers(4, 24), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_exact_deltas_of_small_metrics_are_the_largest_over_bases(n, seeds):
    stack = np.stack([random_metric(n, KINDS[i % 5], seed) for i, seed in enumerate(seeds)])
    assert relative_deltas(stack, ALL_BASES).delta == pytest.approx([everywhere(D) for D in stack], abs=1e-12 * stack.max())


@pytest.mark.parametrize("definition", ["base", ALL_BASES])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_three_points_have_their_diameter_and_no_delta(n, definition):
    found = relative_deltas(2.0 * (np.ones((2, n, n)) - np.eye(n)), definition)
    assert found.delta.tolist() == found.delta_rel.tolist() == [0.0, 0.0]
    assert found.diameter.tolist() == ([0.0, 0.0] if n == 1 else [2.0, 2.0])


def test_states_are_points_without_the_first_position():
    rng = np.random.default_rng(0)
    states = [rng.normal(size=(n, 6)).astype(np.float32) for n in (9, 7, 12)]
    for s in states:
        s[0] *= 1e4
    states[1][5] = states[1][2]
    states[2][3] = states[0][4]  # equal states of two prompts are one row of the table, and stay in both prompts
    sets = state_points(states, drop_first=True)
    assert sets.n_points.tolist() == [8, 5, 11] and sets.n_tokens.tolist() == [8, 6, 11] and len(sets.table) == 23
    assert (sets.table[sets.points[0]] == states[0][1:]).all() and (sets.table[sets.points[2]] == states[2][1:]).all()
    for i, s in enumerate(states):
        kept = s[1:].astype(np.float64)
        D = cdist(kept, kept)
        assert measure_prompts(sets).delta[i] == pytest.approx(at_base(D), abs=1e-9)
    whole = state_points(states, drop_first=False)
    assert whole.n_points.tolist() == [9, 6, 12]
    assert (measure_prompts(whole).diameter > 100 * measure_prompts(sets).diameter).all()


def test_states_that_are_not_finite_are_refused_where_they_count():
    states = [np.random.default_rng(i).normal(size=(6, 4)) for i in range(2)]
    states[0][0, 1] = np.nan
    assert state_points(states, drop_first=True).n_points.tolist() == [5, 5]
    with pytest.raises(HypvizError, match="1 hidden states are NaN or infinite"):
        state_points(states, drop_first=False)
    states[1][3:5, 2] = np.inf
    with pytest.raises(HypvizError, match="2 hidden states"):
        state_points(states, drop_first=True)


@pytest.mark.parametrize("states", [[], [np.zeros((1, 4))], [np.ones((9, 4))]])
def test_states_without_four_points_are_refused(states):
    with pytest.raises(HypvizError, match="None of the"):
        state_points(states, drop_first=True)
