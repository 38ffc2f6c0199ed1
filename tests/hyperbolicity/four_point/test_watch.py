"""Deadlines and stops on the way: pieces follow a machine that gets slower, a search ends in time by a clock that runs fast."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from hypviz.compiled import PARALLEL
from hypviz.errors import HypvizError
from hypviz.hyperbolicity import delta_at_base, euclidean_distances, four_point_delta
from hypviz.hyperbolicity.checks import check_triangles
from hypviz.hyperbolicity.four_point.limits import EXCESSES, POTENTIALS, Limits
from hypviz.hyperbolicity.four_point.watch import OutOfTime, Watch
from hypviz.work import Deadline
from tests.watching import Watcher


class Clock:
    """Seconds that pass only where the test says so, and `step` at every reading."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.parametrize("slower", [1.0, 5.0, 50.0])
@pytest.mark.parametrize("speed", [1e7, 1e9])
def test_a_loop_on_a_machine_that_gets_slower_ends_within_a_second_of_its_deadline(speed, slower):
    clock, costs = Clock(), np.full(400_000, 1e6)
    watch = Watch(deadline=Deadline(20.0, clock=clock), limits=Limits(first_piece=1e6))
    with pytest.raises(OutOfTime):
        for piece in watch.pieces(costs):
            now = speed / (slower if clock.now > 10.0 else 1.0)
            clock.now += float(costs[piece].sum()) / now
    assert 20.0 <= clock.now <= 20.0 + max(1.0, 0.2 * slower)  # a piece under way when it gets slower is the last of its length


def test_pieces_cover_every_item_once_and_grow_at_a_steady_speed():
    clock, costs = Clock(), np.random.default_rng(0).integers(0, 100, 5000).astype(float)
    seen, lengths = [], []
    for piece in Watch(deadline=Deadline(clock=clock), limits=Limits(first_piece=10.0, piece_seconds=1.0)).pieces(costs):
        seen += range(piece.start, piece.stop)
        lengths.append(piece.stop - piece.start)
        clock.now += float(costs[piece].sum()) / 10_000.0
    assert seen == list(range(5000)) and lengths[0] < 20 < max(lengths)
    assert max(lengths) * 50 < 5 * 10_000.0  # and never far beyond the seconds of a piece


@pytest.mark.parametrize("seconds", [0.0, 0.5, 2.0, 12.0])
@pytest.mark.parametrize("bounds", [(POTENTIALS,), (EXCESSES,), (POTENTIALS, EXCESSES)])
def test_a_search_ends_in_time_by_a_clock_that_runs_fast(bounds, seconds):
    """Every reading of the clock is a hundredth of a second: from the deadline on there are a hundred at the most."""
    x = np.random.default_rng(1).normal(size=(50, 3))
    D = euclidean_distances(x / np.linalg.norm(x, axis=1, keepdims=True))
    truth, deadline = four_point_delta(D), Deadline(seconds, clock=Clock(0.01))
    found = four_point_delta(D, deadline, limits=Limits(bounds=bounds, first_piece=100.0))
    assert found.exact or seconds <= deadline.spent <= seconds + 1.0
    assert found.lower <= truth.upper + 1e-12 and found.upper >= truth.lower - 1e-12
    assert found.exact == (found.upper - found.lower <= 2e-8 * D.max())


def test_the_checks_of_a_matrix_end_in_time_too():
    D = euclidean_distances(np.random.default_rng(1).normal(size=(100, 3)))
    found = four_point_delta(D, Deadline(0.05, clock=Clock(0.02)), limits=Limits(first_piece=100.0))
    assert (found.how, found.lower, found.exact) == ("checks", 0.0, False) and found.upper >= D.max() / 2.0


def test_triangles_leave_most_of_the_time_to_the_search_and_find_what_they_look_at():
    clock, D = Clock(), np.ones((60, 60)) - np.eye(60)
    D[0, 1:3] = D[1:3, 0] = 9.0  # a way from 1 over 2 to 0 is no shorter, one over 3 is
    watch = Watch(deadline=Deadline(10.0, clock=clock), limits=Limits(first_piece=1.0))
    clock.step = 0.5
    before = clock.now
    with pytest.raises(HypvizError, match="shorter than the direct one"):
        check_triangles(D, Watch())
    check_triangles(np.ones((60, 60)) - np.eye(60), watch)
    assert clock.now - before <= 5.0


def test_whoever_waits_for_the_loops_of_another_can_be_stopped():
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with PARALLEL:
            held.set()
            let_go.wait(60.0)

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(60.0)
        with pytest.raises(OutOfTime), Watch(work=Watcher(stop_at=2)).alone():
            pytest.fail("the lock is held by another thread")
    finally:
        let_go.set()
        other.join()
    assert delta_at_base(np.ones((5, 5)) - np.eye(5)) == 0.0
