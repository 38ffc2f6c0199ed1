"""The lognormal rival: its likelihood by mpmath, the package where it is sound, and a tail where the package loses its digits."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest
from scipy.stats import norm

from hypviz.frequency import fit_power_law
from hypviz.frequency.lognormal import RECOMPUTED, fit_lognormal, law_log_likelihoods, log_likelihoods, vuong


@pytest.mark.parametrize(("mu", "sigma"), [(2.0, 1.0), (-188.2, 14.5), (-1290.6, 34.44)])
def test_log_likelihoods_against_mpmath(mu, sigma):
    with mpmath.workdps(60):

        def above(x: float) -> mpmath.mpf:
            return mpmath.erfc((mpmath.log(x) - mpmath.mpf(mu)) / (mpmath.mpf(sigma) * mpmath.sqrt(2)))

        half = mpmath.mpf("0.5")
        expected = [float(mpmath.log((above(x - half) - above(x + half)) / above(4 - half))) for x in (4, 5, 40, 4000)]
    assert log_likelihoods(np.array([4.0, 5, 40, 4000]), mu, sigma, 4) == pytest.approx(expected, abs=1e-6)


def test_probabilities_sum_to_one():
    x = np.arange(3.0, 200_000)
    assert np.exp(log_likelihoods(x, 1.0, 1.0, 3)).sum() == pytest.approx(1, abs=1e-9)
    assert np.exp(law_log_likelihoods(x, 3.5, 3)).sum() == pytest.approx(1, abs=1e-9)


def test_the_packages_ratio_and_p_are_kept_where_they_are_sound():
    import powerlaw

    counts = np.maximum(1, np.round(np.random.default_rng(0).lognormal(2, 1, 3000))).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ratio, p = powerlaw.Fit(counts, discrete=True, estimate_discrete=False, verbose=0).distribution_compare("power_law", "lognormal")
    fit = fit_power_law(counts)
    assert (fit.lognormal.ratio, fit.lognormal.p) == (pytest.approx(float(ratio), abs=1e-4), pytest.approx(float(p), abs=1e-4))
    assert RECOMPUTED not in fit.notes


def test_a_tail_that_is_a_power_law_cannot_be_beaten_by_far_by_the_lognormal_that_becomes_one():
    """The rounded power law is the limit of lognormals as mu goes to minus infinity, so its likelihood is nearly reached."""
    rng = np.random.default_rng(0)
    law = np.floor(3.5 * (1 - rng.random(450)) ** (-1 / 1.1) + 0.5)  # a continuous power law, rounded
    mu, sigma = fit_lognormal(law, 4)
    assert mu < -10
    ratio, p = vuong(law_log_likelihoods(law, 2.1, 4), log_likelihoods(law, mu, sigma, 4))
    assert abs(ratio) < 5
    assert p > 0.05


def test_a_fit_that_lost_its_digits_is_replaced_and_said(monkeypatch):
    """Where the package's own likelihood differs from the exact one at its own parameters, its R is not believed."""
    import powerlaw

    counts = np.random.default_rng(1).zipf(2.1, 600)
    honest = fit_power_law(counts)
    original = powerlaw.Lognormal.loglikelihoods
    monkeypatch.setattr(powerlaw.Lognormal, "loglikelihoods", lambda self, data=None: original(self, data) + 0.015)
    found = fit_power_law(counts)
    assert RECOMPUTED in found.notes
    assert found.lognormal.ratio == pytest.approx(honest.lognormal.ratio, abs=0.05)
    assert found.lognormal.preferred == honest.lognormal.preferred


def test_vuong_is_a_normal_test_of_the_mean_difference():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=200), rng.normal(size=200)
    ratio, p = vuong(a, b)
    d = a - b
    assert ratio == pytest.approx(d.sum())
    assert p == pytest.approx(2 * norm.sf(abs(d.mean()) / (d.std() / np.sqrt(200))))
    assert vuong(a, a) == (0.0, 1.0)
