"""First come, first served: who is next, what a dead worker's ticket is worth, and that only one job holds a device."""

from __future__ import annotations

import threading
import time

import pytest

from hypviz import runs
from hypviz.runs.folder import open_run
from hypviz.runs.queue import enqueue, wait_for_turn, waiting
from hypviz.store.locks import is_locked, locked, try_lock
from hypviz.work import NOBODY
from tests.watching import Watcher


@pytest.fixture
def three(spec, problems):
    """Three runs in line with a living worker each, played by locks that this process holds."""
    import dataclasses

    folders = [open_run(runs.create(dataclasses.replace(spec, seed=i), problems).run_id) for i in range(3)]
    workers = [try_lock(folder.worker_lock) for folder in folders]
    for folder in folders:
        enqueue(folder, "cpu")
    return folders, workers


def test_the_line_is_in_the_order_of_starting(three):
    folders, _ = three
    assert waiting("cpu") == tuple(folder.run_id for folder in folders)
    assert [runs.get(folder.run_id).queue_position for folder in folders] == [1, 2, 3]
    assert waiting("cuda:0") == ()


def test_a_dead_workers_ticket_counts_for_nothing(three):
    folders, workers = three
    workers[0].release()
    assert waiting("cpu") == (folders[1].run_id, folders[2].run_id)


def test_starting_again_means_the_end_of_the_line(three):
    folders, _ = three
    enqueue(folders[0], "cpu")
    assert waiting("cpu") == tuple(folders[i].run_id for i in (1, 2, 0))


def test_jobs_run_one_at_a_time_in_order_whoever_asks_first(three):
    folders, workers = three
    running, most, order = [], [], []

    def work(i):
        turn = wait_for_turn(folders[i], "cpu", NOBODY)
        running.append(i)
        most.append(len(running))
        order.append(i)
        time.sleep(0.3)
        running.remove(i)
        workers[i].release()
        turn.release()

    threads = [threading.Thread(target=work, args=(i,)) for i in (2, 1, 0)]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join(timeout=20)
    assert order == [0, 1, 2]
    assert most == [1, 1, 1]


def test_stopping_in_line_gives_the_place_up(three):
    folders, _ = three
    assert wait_for_turn(folders[1], "cpu", Watcher(stop_at=1)) is None
    assert waiting("cpu") == (folders[0].run_id, folders[2].run_id)


def test_locks_exclude_and_end_with_their_holder(tmp_path):
    path = tmp_path / "x.lock"
    assert not is_locked(path)
    held = try_lock(path)
    assert is_locked(path) and try_lock(path) is None
    held.release()
    assert not is_locked(path)
    with locked(path):
        assert try_lock(path) is None
    again = try_lock(path)
    assert again is not None
    again.release()
