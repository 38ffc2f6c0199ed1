"""Single looks for neighbours against the search over all rows and against exact arithmetic, with a mean that dwarfs the rows."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.layout import centred_rows, centred_units, nearest_by_cosine
from hypviz.layout.parts import row_lookup


@pytest.mark.parametrize("offset", [0.0, 3.0, 300.0])
@pytest.mark.parametrize("part", [400, 150])
def test_a_look_finds_what_the_whole_search_finds(offset: float, part: int) -> None:
    rng = np.random.default_rng(part)
    values = (rng.normal(size=(400, 12)) + offset).astype(np.float32)
    rows = rng.permutation(400)[:part]
    looked = centred_rows(values, rows)
    exact = values[rows].astype(np.float64) - values[rows].mean(axis=0, dtype=np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    for row in (0, 7, part - 1):
        found = looked.nearest(row, k=10)
        nearest, cosine = found.rows, found.cosine
        true = exact @ exact[row]
        true[row] = -2.0
        assert nearest.tolist() == np.argsort(-true)[:10].tolist() and np.allclose(cosine, true[nearest], atol=1e-12)
    if offset < 10:  # float32 is exact enough for all at once there
        units = centred_units(values[rows]).rows
        assert looked.nearest(5, k=10).rows.tolist() == nearest_by_cosine(units, np.array([5]), k=10)[0].tolist()


def test_a_table_in_chunks_is_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    whole = centred_rows(values, np.arange(50))
    monkeypatch.setattr(row_lookup, "CHUNK", 12)
    parts = centred_rows(values, np.arange(50))
    assert np.allclose(parts.mean, whole.mean, atol=1e-15) and np.allclose(parts.length, whole.length, rtol=1e-14)
    want = [float(sum(Fraction(float(v)) for v in values[:, j]) / 50) for j in range(4)]
    assert np.allclose(parts.mean, want, atol=1e-15)


def test_rows_without_direction_have_cosine_0_and_few_rows_are_enough() -> None:
    values = np.ones((5, 3), dtype=np.float32)
    values[0] += 1.0
    values[1] -= 1.0
    looked = centred_rows(values, np.arange(5))
    found = looked.nearest(0, k=10)
    nearest, cosine = found.rows, found.cosine
    assert set(nearest.tolist()) == {1, 2, 3, 4} and cosine.tolist() == pytest.approx([0, 0, 0, -1], abs=1e-12)
    assert looked.nearest(3, k=2).cosine.tolist() == [0.0, 0.0]


def test_a_row_that_is_not_finite_is_named() -> None:
    values = np.ones((6, 2), dtype=np.float32)
    values[4, 1] = np.nan
    with pytest.raises(HypvizError, match="the first is row 4"):
        centred_rows(values, np.arange(6))


def test_the_rows_nearest_to_a_point_that_is_none_of_them():
    rng = np.random.default_rng(3)
    values, rows = rng.normal(size=(90, 8)).astype(np.float32), rng.permutation(90)[:70]
    point = rng.normal(size=8) * 50
    found = centred_rows(values, rows).towards(point, k=9)
    chosen = values[rows].astype(np.float64)
    mean = chosen.mean(axis=0)
    centred = chosen - mean
    cosine = centred @ (point - mean) / np.linalg.norm(centred, axis=1) / np.linalg.norm(point - mean)
    assert found.rows.tolist() == np.argsort(-cosine)[:9].tolist()
    assert found.cosine == pytest.approx(np.sort(cosine)[::-1][:9], abs=1e-12)
    assert len(centred_rows(values, rows[:4]).towards(point, k=9).rows) == 4


def test_a_point_that_has_no_direction_or_another_width_is_refused():
    looked = centred_rows(np.eye(4, dtype=np.float32), np.arange(4))
    for point in (np.full(4, 0.25), np.full(4, np.nan)):
        with pytest.raises(HypvizError, match="no direction"):
            looked.towards(point, k=2)
    with pytest.raises(HypvizError, match="5 numbers cannot be compared with rows of 4"):
        looked.towards(np.ones(5), k=2)
