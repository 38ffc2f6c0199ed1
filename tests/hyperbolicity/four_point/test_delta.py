"""The four-point delta by brute force over all quadruples, by spaces whose delta is known, by its laws, and stopped at any moment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import Limits, delta_at_base, euclidean_distances, four_point_delta, gram_distances, tree_distances
from hypviz.hyperbolicity.four_point.ends import FourPointDelta
from hypviz.hyperbolicity.four_point.limits import COMPARISON, EXCESSES, POTENTIALS, PRODUCTS, SCAN
from hypviz.hyperbolicity.four_point.quantised import base_excess
from hypviz.hyperbolicity.four_point.watch import Watch
from hypviz.work import Deadline
from tests.hyperbolicity.test_base import random_metric
from tests.watching import Watcher

WAYS = (COMPARISON, SCAN, PRODUCTS)


def brute(D: np.ndarray) -> float:
    """Half of the largest less the middle sum, over all quadruples at once."""
    n = len(D)
    a, b, c, d = (x.ravel() for x in np.meshgrid(*[np.arange(n)] * 4, indexing="ij"))
    keep = (a < b) & (c < d) & (a < c) & (b != c) & (b != d)
    a, b, c, d = a[keep], b[keep], c[keep], d[keep]
    sums = np.sort(np.stack([D[a, b] + D[c, d], D[a, c] + D[b, d], D[a, d] + D[b, c]]), axis=0)
    return float((sums[2] - sums[1]).max()) / 2.0 if a.size else 0.0


def clustered(n: int, seed: int, jitter: float) -> np.ndarray:
    """A few clusters of near-duplicates: thousands of quadruples within `jitter` of the best."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(int(rng.integers(2, 7)), 5))
    return euclidean_distances(centres[rng.integers(0, len(centres), n)] + jitter * rng.normal(size=(n, 5)))


def cycle(n: int) -> np.ndarray:
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.minimum(steps, n - steps).astype(float)


def attains(found: FourPointDelta, D: np.ndarray) -> bool:
    """Whether the named quadruple has the named delta, with d(a,b) + d(c,d) as the largest sum."""
    a, b, c, d = found.points
    value = D[a, b] + D[c, d] - max(D[a, c] + D[b, d], D[a, d] + D[b, c])
    return len({a, b, c, d}) == 4 and max(0.0, value / 2) == pytest.approx(found.lower, abs=1e-13 * max(D.max(), 1e-300))


METRICS = [
    *((kind, n, seed) for seed, n in enumerate((5, 8, 13, 21, 30, 40)) for kind in ("points", "heavy", "tree", "ties", "graph")),
    *(("near", n, seed) for seed, n in enumerate((6, 12, 20, 28, 36))),
]


def agrees(found: FourPointDelta, D: np.ndarray) -> bool:
    """Whether a finished search found what brute force finds, closed up to ties, and names a quadruple that has it."""
    truth, scale = brute(D), float(D.max())
    inside = found.lower <= truth + 1e-13 * scale and truth <= found.upper + 1e-13 * scale
    return found.exact and inside and found.upper - found.lower <= 2e-8 * scale and attains(found, D)


PLANS = [
    pytest.param(Limits(), id="chosen"),
    *(pytest.param(Limits(ways=(way,), bounds=(of,)), id=f"{way} of {of}") for way in WAYS for of in (POTENTIALS, EXCESSES)),
]


@pytest.mark.parametrize("limits", PLANS)
@pytest.mark.parametrize(("kind", "n", "seed"), METRICS)
def test_every_way_agrees_with_brute_force(kind, n, seed, limits):
    """Whatever the cost estimates would choose, each way to finish must find the same."""
    D = clustered(n, seed, 10.0**-4) if kind == "near" else random_metric(n, kind, seed + 100)
    assert agrees(four_point_delta(D, limits=limits), D)


@pytest.mark.parametrize("way", [COMPARISON, SCAN])
@pytest.mark.parametrize("most_listed", [1, 3, 10, 40])
@pytest.mark.parametrize(("kind", "n", "seed"), METRICS[::3])
def test_a_list_that_does_not_hold_all_pairs_loses_no_quadruple(kind, n, seed, most_listed, way):
    """Pairs without their partners on the list are looked at beside all points; pairs that are not on it, as products."""
    D = clustered(n, seed, 10.0**-4) if kind == "near" else random_metric(n, kind, seed)
    for bounds in (POTENTIALS, EXCESSES):
        limits = Limits(ways=(way,), bounds=(bounds,), most_listed=most_listed, levels=4, first_compared=1.0, starts=1)
        assert agrees(four_point_delta(D, limits=limits), D)


def test_pieces_lists_and_levels_of_any_size_change_no_digit():
    D = euclidean_distances(np.random.default_rng(8).normal(size=(30, 10)))
    for way in (COMPARISON, SCAN, PRODUCTS):
        usual = four_point_delta(D, limits=Limits(ways=(way,), bounds=(EXCESSES,)))
        small = Limits(ways=(way,), bounds=(EXCESSES,), first_piece=1.0, piece_seconds=1e-9, sorted_at_once=5)
        assert four_point_delta(D, limits=small) == usual


def test_two_hundred_random_metrics():
    kinds = ("points", "heavy", "tree", "ties", "graph")
    rng = np.random.default_rng(0)
    for i in range(200):
        n = int(rng.integers(4, 19))
        D = random_metric(n, kinds[i % 5], i)
        if i % 3 == 0:  # duplicates
            again = np.concatenate([np.arange(n), rng.integers(0, n, 4)])
            D = D[np.ix_(again, again)]
        found, truth = four_point_delta(D), brute(D)
        assert found.exact and found.lower - 1e-12 <= truth <= found.upper + 1e-12 and found.upper - found.lower <= 2e-8 * D.max()


@pytest.mark.parametrize("n", [4, 5, 6, 7, 8, 9, 12, 13, 50, 101, 200])
def test_cycles_have_their_known_delta(n):
    assert four_point_delta(cycle(n)).lower == pytest.approx(n // 4 - (0.5 if n % 4 == 1 else 0), abs=1e-12)


@pytest.mark.parametrize("n", [4, 30, 200, 500])
def test_trees_have_delta_zero(n):
    found = four_point_delta(tree_distances(n, n))
    assert found.exact and found.lower <= 1e-12 * found.diameter and found.upper <= 1e-8 * found.diameter


@given(st.integers(4, 30), st.integers(0, 10**6), st.floats(1e-6, 1e6))
@settings(max_examples=40, deadline=None)
def test_laws(n, seed, factor):
    D = random_metric(n, ("points", "heavy", "ties", "graph")[seed % 4], seed)
    found = four_point_delta(D)
    tight = 2e-8 * D.max()
    base = delta_at_base(D, seed % n)
    assert base - tight <= found.upper and found.lower <= 2 * base + tight
    assert max(delta_at_base(D, b) for b in range(n)) == pytest.approx(found.lower, abs=tight)
    assert four_point_delta(factor * D).lower == pytest.approx(factor * found.lower, rel=1e-7, abs=factor * tight)
    order = np.random.default_rng(seed).permutation(n)
    assert four_point_delta(D[np.ix_(order, order)]).lower == pytest.approx(found.lower, abs=tight)


@pytest.mark.parametrize("kind", ["points", "sphere", "near"])
def test_stopped_at_any_moment_the_interval_holds(kind):
    rng = np.random.default_rng(1)
    n = 150
    points = rng.normal(size=(n, 3))
    D = {
        "points": lambda: euclidean_distances(rng.normal(size=(n, 12))),
        "sphere": lambda: euclidean_distances(points / np.linalg.norm(points, axis=1, keepdims=True)),
        "near": lambda: clustered(n, 3, 1e-7),
    }[kind]()
    told: list[tuple[float, float]] = []
    truth = four_point_delta(D, on_interval=lambda low, high: told.append((low, high)))
    assert truth.exact and told
    lows, highs = np.array(told).T
    assert (np.diff(lows) >= 0).all() and (lows <= truth.upper + 1e-12).all()
    assert (highs >= truth.lower - 1e-12).all() and (np.diff(highs) <= 1e-12).all()
    whole = Watcher()
    four_point_delta(D, work=whole)
    for looks in np.geomspace(1, whole.looks, 12).astype(int).tolist():
        cut = four_point_delta(D, work=Watcher(stop_at=looks))
        assert cut.lower <= truth.upper + 1e-12 and cut.upper >= truth.lower - 1e-12
        assert attains(cut, D) or cut.lower == 0.0
    at_once = four_point_delta(D, Deadline(0.0))
    assert not at_once.exact and at_once.lower <= truth.upper and at_once.upper >= truth.lower


def test_a_base_excess_is_exact_or_a_tie_within_its_end():
    for seed in range(20):
        D = random_metric(40, ("points", "heavy", "ties", "graph", "tree")[seed % 5], seed)
        n = len(D)
        P = D[3][:, None] + D[3] - D
        full = max((np.minimum(P[i][:, None], P).max(axis=0) - P[i]).max() for i in range(n))
        found = base_excess(D, np.arange(n), 3, 0.0, watch=Watch())
        assert found.best <= full + 1e-12 and full <= found.upper + 1e-12 and found.upper - found.best <= 1e-8 * D.max()


def test_few_points_and_equal_points():
    for n in (1, 2, 3):
        found = four_point_delta(np.ones((n, n)) - np.eye(n))
        assert (found.lower, found.upper, found.exact, found.points) == (0.0, 0.0, True, None)
    same = four_point_delta(np.zeros((6, 6)))
    assert same.delta_rel is None and (same.lower, same.upper, same.exact) == (0.0, 0.0, True)


def test_what_is_no_metric_is_refused():
    D = euclidean_distances(np.random.default_rng(0).normal(size=(9, 3)))
    D[2, 5] = D[5, 2] = 100.0
    with pytest.raises(HypvizError, match="shorter than the direct one"):
        four_point_delta(D)
    D[2, 5] = 1.0
    with pytest.raises(HypvizError, match="symmetric"):
        four_point_delta(D)
    with pytest.raises(HypvizError, match="NaN"):
        four_point_delta(np.full((5, 5), np.nan))


def test_the_cost_estimates_only_choose_the_way():
    """With cells for nothing everything goes through products; the answer stays."""
    D = euclidean_distances(np.random.default_rng(5).normal(size=(120, 40)))
    usual, other = four_point_delta(D), four_point_delta(D, limits=Limits(cell_seconds=0.0))
    assert other.how == "products" and other.lower == pytest.approx(usual.lower, abs=1e-7)


def test_more_points_than_the_room_holds_are_refused_with_the_number_that_fits():
    room, points = 40 * 15**2, np.random.default_rng(0).normal(size=(16, 3))
    with pytest.raises(HypvizError, match="at most 15 points fit"):
        gram_distances(points[None], room=room)
    with pytest.raises(HypvizError, match="at most 15 points fit"):
        four_point_delta(euclidean_distances(points), room=room)
    assert four_point_delta(gram_distances(points[None, :15], room=room)[0], room=room).exact
