"""Which rows were never trained: zero, in one place with others, next to nothing long; and never a row that only resembles another."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.records.untrained import REASONS, UntrainedRows
from hypviz.vocabulary import untrained
from hypviz.vocabulary.untrained import ALIKE, EQUAL, TINY, ZERO, find_untrained
from hypviz.work import Work

N, D = 400, 24


def _rows(seed: int = 0, n: int = N) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, D)).astype(np.float32)


def _found(rows: np.ndarray, has_token: np.ndarray | None = None) -> UntrainedRows:
    return find_untrained(rows, np.ones(len(rows), dtype=bool) if has_token is None else has_token, table="input")


@pytest.fixture(params=["all at once", "a few rows at a time"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "all at once":
        monkeypatch.setattr(untrained, "BLOCK", 7 * D)


def test_each_kind_is_found_with_its_reason(blocks: None) -> None:
    rows = _rows()
    rows[[3, 90]] = 0.0
    rows[10:16] = rows[10]
    rows[200:230] = rows[200] + np.random.default_rng(1).standard_normal((30, D)).astype(np.float32) * 1e-3
    rows[300] *= 1e-4
    found = _found(rows)
    reason = dict(zip(found.ids.tolist(), found.reason.tolist(), strict=True))
    assert reason == {3: ZERO, 90: ZERO, **dict.fromkeys(range(10, 16), EQUAL), **dict.fromkeys(range(200, 230), ALIKE), 300: TINY}
    others = dict(zip(found.ids.tolist(), found.others.tolist(), strict=True))
    assert (others[3], others[10], others[205], others[300]) == (1, 5, 29, 0)
    assert found.n_judged == N and found.left_out.tolist() == found.ids.tolist() and len(REASONS) == 4


def test_rows_as_they_were_drawn_are_not_found_and_neither_are_rows_that_resemble_one_another() -> None:
    assert not _found(_rows()).ids.size
    rows = _rows()
    rows[1:5] = rows[0]  # four copies of a trained row: a vocabulary made larger by hand
    rows[50:80] = rows[50] + 0.1 * _rows(2, 30)  # close by, as numbers or names of days are
    rows[0] *= 30.0
    rows[1:5] = rows[0]
    assert set(_found(rows).ids.tolist()) == set(range(5)) and not _found(rows[1:]).ids.size


def test_a_row_between_is_not_drawn_into_the_group() -> None:
    """Rare tokens lie on the way from the untrained place to their own; the group must not creep along."""
    rows = _rows()
    away = _rows(5, 1)[0]
    steps = np.linspace(0.0, 1.0, 60)[:, None]
    rows[100:130] = rows[100]
    rows[130:190] = rows[100] + steps * away
    found = set(_found(rows).ids.tolist())
    assert set(range(100, 131)) <= found and not found & set(range(133, 190))


def test_rows_that_no_token_has_are_known_to_be_untrained() -> None:
    rows, has_token = _rows(), np.arange(N) < N - 3
    rows[[7, N - 1]] = rows[7]
    found = _found(rows, has_token)
    assert found.ids.tolist() == [7] and found.others.tolist() == [1] and found.n_judged == N - 3
    rows[N - 1] = _rows(9, 1)
    assert not _found(rows, has_token).ids.size


@pytest.mark.parametrize("share", [0.6, 0.8])
def test_more_than_half_may_be_untrained(share: float) -> None:
    rows, n = _rows(), int(share * N)
    rows[:n] = rows[0]
    assert _found(rows).ids.tolist() == list(range(n))
    rows[:n] = 0.0
    assert _found(rows).ids.tolist() == list(range(n)) and _found(rows).left_out.size == n


def test_where_nearly_all_rows_are_untrained_none_is_left_out() -> None:
    rows = np.zeros((N, D), dtype=np.float32)
    assert _found(rows).ids.size == N and not _found(rows).left_out.size and _found(rows).are_nearly_all
    rows[: N // 20] = _rows(0, N // 20)
    assert _found(rows).ids.size == N - N // 20 and _found(rows).are_nearly_all


@pytest.mark.parametrize("noise", [0.0, 2e-3])
def test_thousands_of_rows_in_one_place_are_one_group(noise: float) -> None:
    """Neighbour by neighbour this would take minutes."""
    rows = _rows(0, 9000)
    rows[1000:8000] = rows[1000] + noise * _rows(3, 7000)
    found = _found(rows)
    assert found.ids.tolist() == list(range(1000, 8000)) and set(found.others.tolist()) == {6999}


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tables_of_next_to_no_rows(n: int) -> None:
    assert not _found(_rows(0, n)).ids.size and _found(_rows(0, n)).n_judged == n
    assert not _found(_rows(), np.zeros(N, dtype=bool)).ids.size


def test_a_common_part_of_all_rows_hides_nothing_and_large_numbers_do_not_overflow() -> None:
    rows = _rows()
    rows[10:20] = rows[10]
    assert _found(rows + 100.0).ids.tolist() == list(range(10, 20))
    assert _found(rows * np.float32(1e30)).ids.tolist() == list(range(10, 20))


def test_it_tells_how_far_it_is_and_can_be_stopped() -> None:
    told: list[float] = []
    find_untrained(_rows(), np.ones(N, dtype=bool), table="input", work=Work(on_report=lambda done, total, text: told.append(done / total)))
    assert told and max(told) <= 1.0
    with pytest.raises(Stopped):
        find_untrained(_rows(), np.ones(N, dtype=bool), table="input", work=Work(asked_to_stop=lambda: True))
