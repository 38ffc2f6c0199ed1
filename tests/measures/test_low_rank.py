"""Spectra of differences against numpy's singular values, whole, by rows and by random projection."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.measures import low_rank
from hypviz.measures.low_rank import Gram, nothing, spectrum


def of_rank(n: int, m: int, rank: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, rank)) @ rng.standard_normal((rank, m))).astype(np.float32)


@pytest.mark.parametrize("shape", [(30, 12), (12, 30), (20, 20)])
def test_it_is_the_spectrum_of_the_definition(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    known = np.linalg.svd(matrix.astype(np.float64), compute_uv=False) ** 2
    found = spectrum(matrix)
    assert found.n == min(shape) and found.energy == pytest.approx(known.sum(), rel=1e-6)
    assert found.squares == pytest.approx(known, rel=1e-6, abs=1e-9)
    assert found.effective_rank == pytest.approx(known.sum() ** 2 / (known**2).sum(), rel=1e-6)
    assert [found.share(rank) for rank in (0, 1, min(shape))] == pytest.approx([0.0, known[0] / known.sum(), 1.0], rel=1e-6)


def test_rows_one_after_the_other_give_the_same() -> None:
    matrix = of_rank(50, 10, 3)
    gram = Gram(10)
    for first in range(0, 50, 7):
        gram.add(matrix[first : first + 7])
    assert gram.spectrum().squares == pytest.approx(spectrum(matrix).squares, rel=1e-9, abs=1e-9)
    assert Gram(4).spectrum().energy == 0.0


def test_the_rank_is_where_the_rest_is_small_enough() -> None:
    found = spectrum(of_rank(40, 16, 3) + 1e-3 * np.random.default_rng(2).standard_normal((40, 16)).astype(np.float32))
    assert found.rank_that_leaves(40 * 16 * 1e-6) == 3 and found.rank_that_leaves(found.energy) == 0
    assert found.rank_that_leaves(-1.0) is None


def test_no_energy_has_no_rank_and_no_share() -> None:
    for found in (nothing(8), spectrum(np.zeros((9, 8), dtype=np.float32))):
        assert found.effective_rank is None and found.share(4) == 0.0 and found.rank_that_leaves(0.0) == 0


def test_random_projection_finds_the_strongest_and_says_no_more_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(low_rank, "EXACT", 20)
    monkeypatch.setattr(low_rank, "STRONGEST", 24)
    monkeypatch.setattr(low_rank, "MORE", 8)
    matrix = of_rank(120, 90, 6) + 0.05 * np.random.default_rng(3).standard_normal((120, 90)).astype(np.float32)
    known = np.linalg.svd(matrix.astype(np.float64), compute_uv=False) ** 2
    found = spectrum(matrix)
    assert len(found.squares) == 24 and found.n == 90 and found.energy == pytest.approx(known.sum(), rel=1e-6)
    assert found.squares[:6] == pytest.approx(known[:6], rel=1e-4)
    assert all(found.share(rank) <= known[:rank].sum() / known.sum() + 1e-6 for rank in (1, 6, 24))  # float32
    assert found.effective_rank == pytest.approx(known.sum() ** 2 / (known**2).sum(), rel=1e-2)
    assert spectrum(matrix).squares.tolist() == found.squares.tolist()
