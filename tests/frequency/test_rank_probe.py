"""The probe for tokens never counted: planted frequencies are found, permuted ones are not, and what must not matter does not."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.frequency import RankProbe, fit_rank_probe, rank_probe
from hypviz.frequency.rank_probe import N_FOLDS
from hypviz.statistics import spearman
from tests.watching import Watcher

N, D = 3000, 24


def _fit(values: np.ndarray, counts: np.ndarray, **changed) -> RankProbe | None:
    n = len(counts)
    given = {"tokens": np.arange(n), "countable": np.ones(n, dtype=bool), "seed": 0} | changed
    return fit_rank_probe(values, counts, **given)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(N, D)).astype(np.float32)


@pytest.fixture(scope="module")
def rate(rows) -> np.ndarray:
    """Log-linear in the row."""
    return np.exp(2.0 * rows @ np.random.default_rng(1).normal(size=D) / np.sqrt(D) - 1.0)


@pytest.fixture(scope="module")
def counts(rate) -> np.ndarray:
    return np.random.default_rng(2).poisson(rate)


def test_a_planted_log_linear_frequency_is_predicted_for_tokens_that_were_never_counted(rows, rate, counts) -> None:
    found = _fit(rows, counts)
    never = counts == 0
    assert 0.3 * N < never.sum() < 0.7 * N and spearman(found.score[never], rate[never]) > 0.9
    findings = found.findings
    assert findings.spearman > 0.55 and abs(findings.id_spearman) < 0.1 and findings.is_better
    assert findings.held_out_spearman > 0.3 > abs(findings.held_out_id_spearman) + 0.2
    assert (findings.n_counted, findings.n_countable) == ((counts > 0).sum(), N)


@pytest.mark.parametrize("seed", range(4))
def test_permuted_counts_give_nothing_beyond_chance(rows, counts, seed: int) -> None:
    findings = _fit(rows, np.random.default_rng(seed).permutation(counts)).findings
    assert abs(findings.spearman) < 4 / np.sqrt(N) and abs(findings.held_out_spearman) < 4 / np.sqrt(findings.n_held_out)


def test_the_held_out_figure_is_what_a_second_text_of_the_same_size_says(rows, rate) -> None:
    """Half of the counts against the other half is one text against another: Poisson counts fall apart into independent ones."""
    rng = np.random.default_rng(5)
    one, other = rng.poisson(rate / 2.0), rng.poisson(rate / 2.0)
    found = _fit(rows, one + other).findings
    apart = spearman(_fit(rows, one).score[one == 0], other[one == 0])
    assert found.held_out_spearman == pytest.approx(apart, abs=0.06)


def test_no_token_is_predicted_from_its_own_count(rows, counts) -> None:
    """A single count moves the predictions of other folds only: that of the token itself and of those it is held out with stay."""
    loud, most = counts.copy(), np.argmax(counts)
    loud[most] *= 10**6  # it stays the most frequent, so that the folds are dealt as before
    stayed = np.isclose(_fit(rows, loud).score, _fit(rows, counts).score, rtol=0.0, atol=1e-9)
    assert stayed[most] and stayed.sum() == N / N_FOLDS


def test_turning_the_rows_and_another_unit_of_length_change_no_order(rows, counts) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(D, D)))
    score, turned = _fit(rows, counts).score, _fit((1e6 * (rows @ turn) + 3.0).astype(np.float64), counts).score
    near = _fit((1e6 * rows).astype(np.float64), counts).score
    assert np.allclose(score, near, atol=1e-6) and spearman(score, turned) > 0.999


def test_zeros_of_tokens_that_no_text_can_hold_are_not_believed(rows, rate, counts) -> None:
    """A third of the tokens, the most frequent by their rows, is never counted: called uncountable they keep their place."""
    hidden = rate > np.quantile(rate, 2 / 3)
    silent = np.where(hidden, 0, counts)
    told = _fit(rows, silent, countable=~hidden)
    assert np.median(told.score[hidden]) > np.quantile(told.score[~hidden], 0.9)
    assert told.findings.n_countable == (~hidden).sum()


def test_a_penalty_that_is_never_light_keeps_what_the_text_is_about_out_of_the_ranks() -> None:
    """One wide direction says how frequent a token is in any text, the narrow ones what one text is about and another is not."""
    rng = np.random.default_rng(8)
    wide, narrow = rng.normal(size=N), rng.normal(size=(N, 40))
    values = np.concatenate([8.0 * wide[:, None], 0.3 * narrow], axis=1)
    subject = narrow @ rng.normal(size=40) / np.sqrt(40.0)
    counts, unseen = rng.poisson(np.exp(wide + 1.5 * subject - 1.0)), rng.poisson(np.exp(wide - 1.5 * subject - 1.0))
    never = counts == 0
    light, heavy = (_fit(values, counts, penalties=penalties) for penalties in ((1e-3,), rank_probe.PENALTIES))
    assert light.findings.spearman > heavy.findings.spearman + 0.1
    assert spearman(heavy.score[never], unseen[never]) > spearman(light.score[never], unseen[never]) + 0.1


def test_rows_between_that_belong_to_no_token_change_nothing_but_the_number(rows, counts) -> None:
    tokens = np.sort(np.random.default_rng(4).permutation(2 * N)[:N])
    spread, many = np.full((2 * N, D), 7.0, dtype=np.float32), np.zeros(2 * N, dtype=np.int64)
    spread[tokens], many[tokens] = rows, counts
    found = _fit(spread, many, tokens=tokens, countable=np.ones(N, dtype=bool))
    assert spearman(found.score, _fit(rows, counts).score) > 0.99 and len(found.score) == N


def test_the_tokens_number_alone_is_enough_where_rows_say_nothing(rows) -> None:
    counts = np.random.default_rng(6).poisson(2000.0 / (1.0 + np.arange(N)))
    found = _fit(rows, counts).findings
    assert found.id_spearman > 0.5 and found.spearman == pytest.approx(found.id_spearman, abs=0.02)


def test_blocks_give_what_the_whole_gives_and_the_same_seed_the_same_scores(rows, counts, monkeypatch) -> None:
    whole = _fit(rows, counts)
    assert _fit(rows, counts).score.tolist() == whole.score.tolist()
    monkeypatch.setattr(rank_probe, "BLOCK", 1000)
    assert np.allclose(_fit(rows, counts).score, whole.score, atol=1e-9)


@pytest.mark.parametrize(
    "counts", [np.zeros(N, dtype=int), np.full(N, 3), np.r_[np.arange(9) + 1, np.zeros(N - 9, dtype=int)]], ids=["none", "equal", "few"]
)
def test_too_little_to_learn_from_gives_no_probe(rows, counts) -> None:
    assert _fit(rows, counts) is None and _fit(rows[:40], np.arange(40)) is None


def test_more_numbers_than_tokens_and_equal_rows_have_an_answer(rows) -> None:
    rng = np.random.default_rng(7)
    wide, counts = rng.normal(size=(60, 200)), rng.poisson(3.0, 60)
    assert np.isfinite(_fit(wide, counts).score).all()
    equal = _fit(np.ones((N, D)), rng.poisson(2000.0 / (1.0 + np.arange(N))))
    assert np.isfinite(equal.score).all() and equal.findings.spearman > 0.5


def test_it_says_how_far_it_is_and_can_be_stopped(rows, counts) -> None:
    seen = Watcher()
    _fit(rows, counts, work=seen)
    assert seen.shares == sorted(seen.shares) and seen.shares[-1] == pytest.approx(1.0)
    for look in (1, seen.looks // 2, seen.looks):
        with pytest.raises(Stopped):
            _fit(rows, counts, work=Watcher(stop_at=look))
