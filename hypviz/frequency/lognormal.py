"""The lognormal as the power law's rival on the same tail.

In: counts at or above xmin and the fitted power law. Out: `LognormalComparison`. The lognormal is rounded to integers, as the
`powerlaw` package has it. Where the likeliest lognormal runs away to mu -> -infinity (it then is a power law), the package's
probabilities lose their digits; its fit is therefore checked against the same likelihood in log space, and replaced if it
disagrees. Log-space values: relative error < 1e-8 for |mu| <= 1000 sigma.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from hypviz.records.frequency import LognormalComparison

SIGNIFICANT = 0.1  # the level Clauset et al. use before trusting the sign of a likelihood ratio
AGREEMENT = 1e-3  # difference of log-likelihoods that leaves R as printed
RECOMPUTED = "The powerlaw package lost its digits on the lognormal of this tail; the lognormal was fitted again in log space."


class _Law(Protocol):
    """What is read of one of the distributions of a ``powerlaw.Fit``."""

    alpha: float
    mu: float
    sigma: float
    noise_flag: bool
    loglikelihood: float


class FittedTail(Protocol):
    """What is read of a ``powerlaw.Fit``."""

    xmin: float
    power_law: _Law
    lognormal: _Law


def compare_with_lognormal(counts: np.ndarray, fit: FittedTail) -> tuple[LognormalComparison | None, str | None]:
    """Vuong's test of power law against lognormal on the tail of a ``powerlaw.Fit``, and a note if its fit had to be replaced."""
    xmin = int(fit.xmin)
    tail = np.asarray(counts, dtype=np.float64)
    tail = tail[tail >= xmin]
    law, theirs = fit.power_law, fit.lognormal
    mu, sigma, note = float(theirs.mu), float(theirs.sigma), None
    if theirs.noise_flag or not _agree(float(theirs.loglikelihood), tail, mu, sigma, xmin):
        found = fit_lognormal(tail, xmin)
        if found is None:
            return None, None
        (mu, sigma), note = found, RECOMPUTED
    ratio, p = vuong(law_log_likelihoods(tail, float(law.alpha), xmin), log_likelihoods(tail, mu, sigma, xmin))
    preferred = "neither" if p >= SIGNIFICANT else "power law" if ratio > 0 else "lognormal"
    return LognormalComparison(mu=mu, sigma=sigma, ratio=ratio, p=p, preferred=preferred), note


def fit_lognormal(tail: np.ndarray, xmin: int) -> tuple[float, float] | None:
    """(mu, sigma) of the largest likelihood on the tail, or None if the search did not end."""
    from scipy import optimize

    logs = np.log(tail)
    start = (float(logs.mean()), math.log(max(float(logs.std()), 0.1)))
    done: optimize.OptimizeResult = optimize.minimize(
        lambda at: -log_likelihoods(tail, at[0], math.exp(at[1]), xmin).sum(),
        start,
        method="Nelder-Mead",
        options={"maxiter": 5000, "maxfev": 5000, "xatol": 1e-6, "fatol": 1e-6},
    )
    return (float(done.x[0]), math.exp(done.x[1])) if done.success and math.isfinite(done.fun) else None


def log_likelihoods(tail: np.ndarray, mu: float, sigma: float, xmin: int) -> np.ndarray:
    """log P(x - 1/2 < X < x + 1/2 | X > xmin - 1/2) for each x of the tail."""
    upper, lower = _log_tail(tail - 0.5, mu, sigma), _log_tail(tail + 0.5, mu, sigma)
    return upper + np.log(-np.expm1(np.minimum(lower - upper, -1e-300))) - _log_tail(np.float64(xmin - 0.5), mu, sigma)


def law_log_likelihoods(tail: np.ndarray, gamma: float, xmin: int) -> np.ndarray:
    """log of x^-gamma / zeta(gamma, xmin), Hurwitz zeta."""
    from scipy import special

    return -gamma * np.log(tail) - math.log(special.zeta(gamma, float(xmin)))


def vuong(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Log-likelihood ratio and its two-sided p (Vuong, Econometrica 57, 1989); p is 1 where the two never differ."""
    difference = first - second
    scatter = math.sqrt(difference.size) * float(difference.std())
    ratio = float(difference.sum())
    return ratio, math.erfc(abs(ratio) / (math.sqrt(2) * scatter)) if scatter > 0 else 1.0


def lognormal_survival(value: np.ndarray, *, fit: LognormalComparison, xmin: int) -> np.ndarray:
    """P(f >= value | f >= xmin) of the rounded lognormal."""
    value = np.asarray(value, dtype=np.float64)
    return np.exp(_log_tail(value - 0.5, fit.mu, fit.sigma) - _log_tail(np.float64(xmin - 0.5), fit.mu, fit.sigma))


def _log_tail(x: np.ndarray | np.float64, mu: float, sigma: float) -> np.ndarray:
    """log P(X > x) of the continuous lognormal."""
    from scipy import special

    return special.log_ndtr((mu - np.log(x)) / sigma)


def _agree(theirs: float, tail: np.ndarray, mu: float, sigma: float, xmin: int) -> bool:
    ours = float(log_likelihoods(tail, mu, sigma, xmin).sum()) if math.isfinite(mu) and sigma > 0 else math.nan
    return math.isfinite(ours) and abs(ours - theirs) < AGREEMENT
