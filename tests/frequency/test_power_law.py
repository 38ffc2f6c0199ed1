"""The fit judged by its own likelihood written out, by data of known law, and by what it says when it cannot fit."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.frequency import fit_power_law, frequency_curve, lognormal_survival, power_law_survival
from hypviz.records.frequency import LognormalComparison, PowerLawFit


@pytest.mark.parametrize(("gamma", "seed"), [(1.9, 0), (2.5, 1)])
def test_a_zipf_sample_gives_back_its_exponent(gamma, seed):
    fit = fit_power_law(np.random.default_rng(seed).zipf(gamma, 4000))
    assert fit.gamma == pytest.approx(gamma, abs=4 * fit.sigma)
    assert fit.ks < 0.03
    assert fit.lognormal.preferred != "lognormal"
    assert (fit.n_tail <= fit.n) and fit.n == 4000


def test_gamma_maximises_the_discrete_likelihood_and_ks_is_the_largest_gap():
    counts = np.random.default_rng(3).zipf(2.2, 3000)
    fit = fit_power_law(counts)
    tail = counts[counts >= fit.xmin]

    def log_likelihood(gamma: float) -> float:
        return float(-gamma * np.log(tail).sum() - tail.size * mpmath.log(mpmath.zeta(gamma, fit.xmin)))

    best = max(np.linspace(fit.gamma - 0.01, fit.gamma + 0.01, 21), key=log_likelihood)
    assert best == pytest.approx(fit.gamma, abs=0.0011)
    assert fit.sigma == pytest.approx((fit.gamma - 1) / np.sqrt(tail.size))
    values, n = np.unique(tail, return_counts=True)
    measured = 1 - np.cumsum(n) / tail.size
    theory = np.array([float(mpmath.zeta(fit.gamma, int(v) + 1) / mpmath.zeta(fit.gamma, fit.xmin)) for v in values])
    assert fit.ks == pytest.approx(np.abs(measured - theory).max(), abs=2e-3)


def test_lognormal_counts_are_called_lognormal():
    counts = np.maximum(1, np.round(np.random.default_rng(0).lognormal(3, 0.6, 6000))).astype(int)
    found = fit_power_law(counts)
    assert found.lognormal.ratio < 0
    assert found.lognormal.preferred == "lognormal"


def test_the_fit_keeps_stdout_and_stderr_clean_and_warnings_to_itself(capfd):
    counts = np.random.default_rng(0).zipf(2.0, 300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_power_law(counts)
    assert capfd.readouterr() == ("", "")
    assert not any("standard_err" in note for note in fit.notes)


def test_a_short_tail_is_said():
    counts = np.repeat([1, 2, 3, 4, 7], [12, 6, 3, 2, 1])
    fit = fit_power_law(counts)
    assert any("only" in note and str(fit.n_tail) in note for note in fit.notes)


@pytest.mark.parametrize("counts", [[], [0, 0], [3, 3, 3], [1, 2, 3, 4, 4, 0]])
def test_too_few_different_counts_are_refused(counts):
    with pytest.raises(HypvizError, match="different token counts"):
        fit_power_law(np.array(counts, dtype=int))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=80).filter(any))
@settings(max_examples=60, deadline=None)
def test_the_curve_is_the_share_of_tokens_at_least_as_frequent(counts):
    curve = frequency_curve(np.array(counts), None)
    positive = [c for c in counts if c > 0]
    for value, survival in zip(curve.value, curve.survival, strict=True):
        assert survival == pytest.approx(sum(c >= value for c in positive) / len(positive))
    assert curve.survival[0] == 1


@given(gamma=st.floats(1.2, 4), xmin=st.integers(1, 50), step=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_power_law_survival_against_mpmath(gamma, xmin, step):
    expected = mpmath.zeta(gamma, xmin + step) / mpmath.zeta(gamma, xmin)
    assert power_law_survival(np.array([xmin + step]), gamma=gamma, xmin=xmin)[0] == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(("mu", "sigma"), [(2.0, 1.0), (-188.2, 14.5), (0.0, 0.3)])
def test_lognormal_survival_against_mpmath(mu, sigma):
    fit = LognormalComparison(mu=mu, sigma=sigma, ratio=0.0, p=1.0, preferred="neither")
    with mpmath.workdps(60):

        def tail(x: float) -> mpmath.mpf:
            return mpmath.erfc((mpmath.log(x - mpmath.mpf("0.5")) - mu) / (sigma * mpmath.sqrt(2))) / 2

        expected = [float(tail(v) / tail(3)) for v in (3, 4, 10, 200)]
    assert lognormal_survival(np.array([3, 4, 10, 200]), fit=fit, xmin=3) == pytest.approx(expected, rel=1e-8)


def test_both_fitted_tails_start_at_the_share_of_tokens_in_the_tail():
    counts = np.random.default_rng(5).zipf(1.8, 2000)
    fit = fit_power_law(counts)
    curve = frequency_curve(counts, fit)
    start = np.searchsorted(curve.value, fit.xmin)
    assert curve.value.size - start == curve.power_law.size == curve.lognormal.size
    assert curve.power_law[0] == pytest.approx(curve.survival[start])
    assert curve.lognormal[0] == pytest.approx(curve.survival[start])
    assert PowerLawFit.from_json(fit.to_json()) == fit
