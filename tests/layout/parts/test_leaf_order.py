"""Flips keep the tree; settling keeps the leaves and finds a ring that is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import leaves_list, linkage

from hypviz.layout import centred_units, nearest_by_cosine
from hypviz.layout.parts.leaf_order import ROUNDS, flipped_leaves, kept_together, settle
from hypviz.work import Work
from tests.watching import Watcher


def _units(seed: int, n: int, d: int = 5) -> np.ndarray:
    return centred_units(np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)).rows


def _likeness(order: np.ndarray, units: np.ndarray) -> float:
    return float((units[order[:-1]] * units[order[1:]]).sum())


@given(st.integers(0, 10_000), st.integers(3, 40))
def test_every_branch_stays_together(seed: int, n: int) -> None:
    units = _units(seed, n)
    merges = linkage(units.astype(np.float64), "average")
    order = flipped_leaves(merges, units)
    place = np.empty(n, dtype=int)
    place[order] = np.arange(n)
    leaves = [{i} for i in range(n)]
    for first, second in merges[:, :2].astype(int):
        leaves.append(leaves[first] | leaves[second])
        spots = [place[i] for i in leaves[-1]]
        assert max(spots) - min(spots) == len(spots) - 1


def test_flips_bring_like_ends_together() -> None:
    gains = []
    for seed in range(20):
        units = _units(seed, 60)
        merges = linkage(units.astype(np.float64), "average")
        gains.append(_likeness(flipped_leaves(merges, units), units) - _likeness(leaves_list(merges), units))
    assert np.mean(gains) > 0 and np.mean(np.array(gains) > 0) > 0.8


def _ring(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on a circle and their true neighbours: the order is known up to rotation and reflection."""
    turn = 2 * np.pi * np.arange(n) / n
    units = np.stack([np.cos(turn), np.sin(turn)], axis=1).astype(np.float32)
    return units, nearest_by_cosine(units, np.arange(n), k=10)


def test_settling_repairs_misplaced_leaves_and_leaves_a_perfect_order_alone() -> None:
    _, near = _ring(200)
    perfect = np.arange(200)
    assert kept_together(perfect, near) == 1.0
    assert settle(perfect, near, seed=0).order.tolist() == perfect.tolist()
    broken = perfect.copy()
    away = np.random.default_rng(0).permutation(200)[:60]
    broken[away] = broken[np.roll(away, 1)]
    found = settle(broken, near, seed=0)
    settled, made = found.order, found.n_rounds_done
    assert made == ROUNDS
    assert sorted(settled.tolist()) == perfect.tolist()
    assert kept_together(settled, near) > 0.85 > 0.6 > kept_together(broken, near)


def test_settling_repeats_itself_and_can_be_stopped() -> None:
    units = _units(3, 150)
    near = nearest_by_cosine(units, np.arange(150), k=10)
    start = np.random.default_rng(0).permutation(150)
    assert settle(start, near, seed=1).order.tolist() == settle(start, near, seed=1).order.tolist()
    assert kept_together(settle(start, near, seed=1).order, near) > 2 * kept_together(start, near)
    looks = iter([False] * 7 + [True])
    found = settle(start, near, seed=1, work=Work(asked_to_stop=lambda: next(looks)))
    halfway, made = found.order, found.n_rounds_done
    assert made == 7 and sorted(halfway.tolist()) == list(range(150))
    assert kept_together(start, near) < kept_together(halfway, near) < kept_together(settle(start, near, seed=1).order, near)
    found = settle(start, near, seed=1, work=Watcher(stop_at=1))
    unmoved, made = found.order, found.n_rounds_done
    assert made == 0 and unmoved.tolist() == start.tolist()
