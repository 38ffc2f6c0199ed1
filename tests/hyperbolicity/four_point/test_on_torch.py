"""delta through torch is delta through the compiled loops: the same numbers, valid bounds, and a sentence where a device cannot do it."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import delta_at_base, euclidean_distances, four_point_delta, gromov_products, relative_delta
from hypviz.hyperbolicity.four_point import on_torch
from hypviz.hyperbolicity.four_point.limits import COMPARISON, EXCESSES, PRODUCTS, SCAN, Limits
from hypviz.hyperbolicity.four_point.loops import products
from hypviz.hyperbolicity.four_point.quantised import blocks_in_turn, grid
from hypviz.hyperbolicity.four_point.watch import Watch
from tests.hyperbolicity.four_point.test_delta import agrees, attains, clustered, cycle
from tests.hyperbolicity.test_base import by_definition, metrics, random_metric
from tests.watching import Watcher

KINDS = ("points", "heavy", "tree", "ties", "graph", "cycle", "near", "duplicates", "high")
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU"))]
on_devices = pytest.mark.parametrize("device", DEVICES)


def metric(n: int, kind: str) -> np.ndarray:
    if kind == "cycle":
        return cycle(n)
    if kind == "near":
        return clustered(n, n, 1e-6)
    if kind == "high":
        return euclidean_distances(np.random.default_rng(n).normal(size=(n, 300)))
    if kind == "duplicates":
        again = np.random.default_rng(n).integers(0, max(3, n // 3), n)
        return random_metric(n, "points", n)[np.ix_(again, again)]
    return random_metric(n, kind, n)


def at_base(D: np.ndarray, base: int) -> float:
    """The definition, one row of products at a time."""
    G = gromov_products(D, base)
    return float(max((np.minimum(row, G).max(axis=1) - row).max() for row in G))


def excesses(D: np.ndarray, base: int) -> np.ndarray:
    """Twice max_k min(G_ik, G_kj) - G_ij over third points k, (n, n)."""
    P = 2 * gromov_products(D, base)
    found = np.empty_like(P)
    for i in range(len(D)):
        for j in range(len(D)):
            others = np.delete(np.arange(len(D)), [i, j])
            found[i, j] = np.minimum(P[i, others], P[j, others]).max() - P[i, j]
    return found


@on_devices
@given(D=metrics, data=st.data())
@settings(max_examples=100, deadline=None)
def test_small_metrics_have_the_delta_of_the_definition(device, D, data):
    base = data.draw(st.integers(0, len(D) - 1))
    assert delta_at_base(D, base, device=device) == pytest.approx(by_definition(D, base), abs=1e-12 * max(D.max(), 1))


@on_devices
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [4, 5, 17, 63, 64, 65, 129, 200, 400])
def test_a_device_finds_what_the_loops_find(n, kind, device):
    D = metric(n, kind)
    for base in (0, n // 2, n - 1):
        found = delta_at_base(D, base, device=device)
        assert found == pytest.approx(at_base(D, base), abs=1e-13 * D.max())
        assert found == pytest.approx(delta_at_base(D, base), abs=1e-9 * D.max())


@on_devices
def test_the_diameter_and_the_ratio_come_with_it(device):
    D = metric(90, "points")
    found = relative_delta(D, 3, device=device)
    assert found.diameter == D.max() and found.delta == delta_at_base(D, 3, device=device)
    assert found.delta_rel == pytest.approx(relative_delta(D, 3).delta_rel, abs=1e-12)
    assert relative_delta(np.zeros((1, 1)), device=device).delta_rel is None
    assert [delta_at_base(np.ones((n, n)) - np.eye(n), device=device) for n in (1, 2, 3, 9)] == [0.0] * 4
    assert delta_at_base(np.zeros((80, 80)), device=device) == 0.0


@on_devices
@pytest.mark.parametrize("dense", [0, 10**9], ids=["picked", "dense"])
@pytest.mark.parametrize("room", [1, 1000, 1 << 25])
def test_chunks_and_the_way_to_refine_change_nothing(room, dense, device, monkeypatch):
    monkeypatch.setattr(on_torch, "ROOM", {"cpu": room, "cuda": room})
    monkeypatch.setattr(on_torch, "DENSE", dense)
    for kind in ("heavy", "tree", "ties", "cycle", "duplicates"):
        D = metric(13 if room == 1 else 70, kind)
        assert delta_at_base(D, 1, device=device) == pytest.approx(at_base(D, 1), abs=1e-13 * D.max())


@on_devices
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.float64])
@pytest.mark.parametrize("room", [1, 60, 100, 1000, 10**6])
def test_the_product_is_its_definition_whatever_room_it_has(room, dtype, device):
    rng = np.random.default_rng(room)
    one, other = rng.integers(0, 256, (7, 31)), rng.integers(0, 256, (12, 31))
    found = on_torch.max_min(torch.tensor(one, dtype=dtype, device=device), torch.tensor(other, dtype=dtype, device=device), room)
    assert found.dtype == dtype
    assert (found.cpu().numpy() == np.minimum(one[:, None], other).max(axis=2)).all()


def test_no_temporary_of_a_product_is_larger_than_its_room(monkeypatch):
    seen, smaller = [], torch.minimum

    def noted(*given):
        seen.append(smaller(*given))
        return seen[-1]

    monkeypatch.setattr(torch, "minimum", noted)
    for room in (16, 500, 5000):
        on_torch.max_min(torch.zeros((9, 40), dtype=torch.int16), torch.zeros((30, 40), dtype=torch.int16), room)
        assert seen and max(x.nbytes for x in seen) <= room
        seen.clear()


@on_devices
@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [4, 23, 90])
def test_bounds_are_never_below_the_excess_and_as_low_as_those_of_the_loops(n, kind, fine, device):
    D, looks = metric(n, kind), []
    total, loops, truth = np.zeros((2, n, n), dtype=np.float32), np.zeros((n, n), dtype=np.float32), np.zeros((n, n))
    for base in (0, n // 2):
        exact, above = excesses(D, base), np.triu_indices(n, 1)
        for t, enough in enumerate((-1.0, D.max() / 8)):
            largest = on_torch.add_excess_bounds(D, base, enough, total[t], device=device, fine=fine, look=lambda: looks.append(1))
            assert (largest[:-1, 0] >= np.maximum([exact[i, i + 1 :].max() for i in range(n - 1)], 0) - 1e-14 * D.max()).all()
            assert (largest[-1] == 0).all() and all(j > i or e == 0 for i, (e, j) in enumerate(largest))
        at, rows = grid(D, np.arange(n), base, np.uint16 if fine else np.uint8, watch=Watch()), np.zeros((n, 2))
        products.add_excess_bounds(D, base, blocks_in_turn(n), at.reach, -1.0, at.Q, at.low, at.step, at.slack, loops, rows)
        truth += exact
        for one in total.astype(np.float64):
            assert (one[above] >= truth[above]).all() and (np.tril(one) == 0).all()
        assert total[0][above] == pytest.approx(loops[above], abs=(2e-4 if fine else 1e-5) * D.max())  # 15 bits and 16, or 8 and 8
    assert len(looks) == 4 * -(-(n - 1) // on_torch.ROWS)


@on_devices
@pytest.mark.parametrize("way", [COMPARISON, SCAN, PRODUCTS])
@pytest.mark.parametrize(("kind", "n"), [(kind, n) for kind in KINDS for n in (5, 14, 33)])
def test_a_search_with_bounds_of_a_device_finds_what_brute_force_finds(kind, n, way, device):
    D = metric(n, kind)
    assert agrees(four_point_delta(D, device=device, limits=Limits(ways=(way,), bounds=(EXCESSES,))), D)


@on_devices
@pytest.mark.parametrize("kind", [*KINDS, "sphere"])
def test_four_points_through_a_device_as_through_the_loops(kind, device, monkeypatch):
    x = np.random.default_rng(0).normal(size=(400, 3))
    D = euclidean_distances(x / np.linalg.norm(x, axis=1, keepdims=True)) if kind == "sphere" else metric(300, kind)
    asked, plain = [], on_torch.add_excess_bounds
    monkeypatch.setattr(on_torch, "add_excess_bounds", lambda *a, **k: asked.append(k["device"]) or plain(*a, **k))
    usual = four_point_delta(D)
    assert not asked
    found = four_point_delta(D, device=device)
    assert found.exact and found.diameter == usual.diameter and attains(found, D)
    assert found.lower == pytest.approx(usual.lower, abs=2e-8 * D.max()) and found.upper - found.lower <= 2e-8 * D.max()
    if kind == "sphere":
        assert set(asked) == {device}


@on_devices
def test_stopped_between_rows_of_a_device_the_interval_holds(device):
    x = np.random.default_rng(2).normal(size=(300, 3))
    D = euclidean_distances(x / np.linalg.norm(x, axis=1, keepdims=True))
    whole, cut_short = Watcher(), 0
    truth = four_point_delta(D, device=device, work=whole)
    for looks in np.linspace(1, whole.looks, 20).astype(int).tolist():
        cut = four_point_delta(D, device=device, work=Watcher(stop_at=looks))
        cut_short += not cut.exact and cut.how == "excesses"
        assert cut.lower <= truth.upper + 1e-12 and cut.upper >= truth.lower - 1e-12
    assert cut_short > 0


@on_devices
def test_the_matrix_stays_as_it_was_and_may_be_read_only(device):
    D = metric(100, "points")
    before = D.copy()
    D.setflags(write=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        delta_at_base(D, device=device)
        four_point_delta(D, device=device)
        on_torch.add_excess_bounds(D, 0, 0.0, np.zeros((100, 100), dtype=np.float32), device=device, fine=True, look=lambda: None)
    assert (before == D).all()


@pytest.mark.parametrize("measure", [delta_at_base, four_point_delta])
def test_what_is_refused_by_the_loops_is_refused_for_a_device(measure):
    with pytest.raises(HypvizError, match="symmetric"):
        measure(np.triu(np.ones((6, 6)), 1), device="cpu")
    with pytest.raises(HypvizError, match="base point 9"):
        delta_at_base(metric(9, "points"), 9, device="cpu")


@pytest.mark.parametrize("name", ["gpu", "", "mps", "cuda:first", "cuda:-1", "meta", "cpu0"])
@pytest.mark.parametrize("n", [2, 9])
def test_an_unknown_device_is_refused_with_those_there_are(name, n):
    for measure in (delta_at_base, relative_delta, four_point_delta):
        with pytest.raises(HypvizError, match=r"no device .* choose cuda"):
            measure(metric(n, "points"), device=name)


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    D = metric(9, "points")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for measure in (delta_at_base, relative_delta, four_point_delta):
        with pytest.raises(HypvizError, match=r"needs a GPU .* leave the device out"):
            measure(D, device="cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(HypvizError, match=r"no GPU cuda:2; torch sees 2"):
        delta_at_base(D, device="cuda:2")


@pytest.fixture
def small_gpu(monkeypatch):
    """A GPU of which nothing is real but its memory, in which 50 points fit; what torch holds and does not use is free too."""
    free = on_torch.PAIR_BYTES * 50**2 + 3 * on_torch.ROOM["cuda"]
    for name, value in (("is_available", True), ("device_count", 1), ("memory_reserved", 700), ("memory_allocated", 200)):
        monkeypatch.setattr(torch.cuda, name, lambda *_, value=value: value)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda *_: (free - 500, 10 * free))


def test_more_points_than_a_gpu_holds_are_refused_with_the_number_that_fits(small_gpu):
    for measure in (delta_at_base, relative_delta, four_point_delta):
        with pytest.raises(HypvizError, match=r"51 points do not fit on cuda, .* at most 50 points fit"):
            measure(metric(51, "points"), device="cuda")


def test_memory_that_is_gone_meanwhile_is_one_sentence_too(small_gpu, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(on_torch, "product_levels", full)
    with pytest.raises(HypvizError, match=r"30 points do not fit on cuda, .* at most 29 points fit") as refused:
        delta_at_base(metric(30, "points"), device="cuda")
    assert refused.value.__context__ is None  # so nothing holds the failed work's tensors


def test_torch_is_loaded_only_where_a_device_is_named():
    code = (
        "import sys, numpy as np; from hypviz.hyperbolicity import delta_at_base, four_point_delta;"
        "D = np.ones((9, 9)) - np.eye(9); delta_at_base(D); four_point_delta(D); print('torch' in sys.modules);"
        "delta_at_base(D, device='cpu'); print('torch' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
