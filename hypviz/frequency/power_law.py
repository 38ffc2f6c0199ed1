"""The frequency distribution: is its tail a power law, and is a lognormal as good?

In: counts per token, zeros ignored. Out: `PowerLawFit` and the survival curve with both fits. Fitted by the `powerlaw`
package (Alstott, Bullmore and Plenz, PLOS ONE 2014) with the exact discrete likelihood; xmin minimises the
Kolmogorov-Smirnov distance (Clauset, Shalizi and Newman, SIAM Review 51, 2009). A good fit is no proof of a hierarchy.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.frequency import FrequencyCurve, LognormalComparison, PowerLawFit

FEWEST_VALUES = 5  # distinct counts; with fewer, every xmin fits
TRUSTED_TAIL = 50  # Clauset et al. find the estimate unreliable below about this many observations
SIGNIFICANT = 0.1  # the level Clauset et al. use before trusting the sign of a likelihood ratio


def fit_power_law(counts: np.ndarray) -> PowerLawFit:
    """Fit the tail of the positive counts; `HypvizError` when they take too few values to tell one tail from another."""
    counts = np.asarray(counts)
    counts = counts[counts > 0]
    distinct = np.unique(counts).size
    if distinct < FEWEST_VALUES:
        raise HypvizError(
            f"A power law needs at least {FEWEST_VALUES} different token counts, but this text has {distinct}; choose a larger text."
        )
    import powerlaw

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = powerlaw.Fit(counts, discrete=True, estimate_discrete=False, verbose=0)
        law = fit.power_law
        gamma, xmin, ks = float(law.alpha), float(fit.xmin), float(law.D)
        if not (math.isfinite(gamma) and math.isfinite(xmin) and math.isfinite(ks)):
            raise HypvizError("The power-law fit found no usable tail in these counts; choose a larger text.")
        n_tail = int((counts >= xmin).sum())
        lognormal = _compare(fit)
    return PowerLawFit(
        gamma=gamma,
        xmin=int(xmin),
        sigma=(gamma - 1) / math.sqrt(n_tail),
        ks=ks,
        n_tail=n_tail,
        n=int(counts.size),
        lognormal=lognormal,
        notes=_notes(caught, n_tail, lognormal),
    )


def frequency_curve(counts: np.ndarray, fit: PowerLawFit | None) -> FrequencyCurve:
    """P(count >= value) at every distinct positive count, with the fitted tails scaled to the share of tokens they describe."""
    counts = np.asarray(counts)
    value, n = np.unique(counts[counts > 0], return_counts=True)
    survival = np.cumsum(n[::-1])[::-1] / n.sum() if n.size else np.zeros(0)
    nothing = np.zeros(0)
    if fit is None:
        return FrequencyCurve(value=value.astype(np.int64), survival=survival, power_law=nothing, lognormal=nothing)
    tail, share = value[value >= fit.xmin], fit.n_tail / fit.n
    return FrequencyCurve(
        value=value.astype(np.int64),
        survival=survival,
        power_law=share * power_law_survival(tail, gamma=fit.gamma, xmin=fit.xmin),
        lognormal=nothing if fit.lognormal is None else share * lognormal_survival(tail, fit=fit.lognormal, xmin=fit.xmin),
    )


def power_law_survival(value: np.ndarray, *, gamma: float, xmin: int) -> np.ndarray:
    """P(f >= value | f >= xmin) = zeta(gamma, value) / zeta(gamma, xmin), Hurwitz zeta."""
    from scipy.special import zeta

    return zeta(gamma, np.asarray(value, dtype=np.float64)) / zeta(gamma, float(xmin))


def lognormal_survival(value: np.ndarray, *, fit: LognormalComparison, xmin: int) -> np.ndarray:
    """P(f >= value | f >= xmin) of the lognormal rounded to integers, in log space for tails far from its mean."""
    from scipy.special import log_ndtr

    def log_tail(x: np.ndarray) -> np.ndarray:
        return log_ndtr((fit.mu - np.log(x - 0.5)) / fit.sigma)

    return np.exp(log_tail(np.asarray(value, dtype=np.float64)) - log_tail(np.float64(xmin)))


def _compare(fit: object) -> LognormalComparison | None:
    try:
        ratio, p = fit.distribution_compare("power_law", "lognormal")  # type: ignore[attr-defined]
        numbers = (float(fit.lognormal.mu), float(fit.lognormal.sigma), float(ratio), float(p))  # type: ignore[attr-defined]
    except (ValueError, FloatingPointError, ZeroDivisionError):
        return None
    if not all(math.isfinite(x) for x in numbers):
        return None
    mu, sigma, ratio, p = numbers
    preferred = "neither" if p >= SIGNIFICANT else "power law" if ratio > 0 else "lognormal"
    return LognormalComparison(mu=mu, sigma=sigma, ratio=ratio, p=p, preferred=preferred)


def _notes(caught: list[warnings.WarningMessage], n_tail: int, lognormal: LognormalComparison | None) -> tuple[str, ...]:
    """What the person should know; deprecations speak to the package's authors, and other threads' warnings are not ours."""
    ours = [w for w in caught if "powerlaw" in w.filename and not issubclass(w.category, (DeprecationWarning, FutureWarning))]
    notes = {" ".join(str(w.message).split()): None for w in ours}
    if n_tail < TRUSTED_TAIL:
        notes[f"The tail holds only {n_tail} tokens; with fewer than {TRUSTED_TAIL} the exponent is a rough guess."] = None
    if lognormal is None:
        notes["The lognormal could not be fitted to this tail, so the two were not compared."] = None
    return tuple(notes)
