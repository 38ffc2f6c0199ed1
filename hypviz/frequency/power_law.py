"""The frequency distribution: is its tail a power law, and is a lognormal as good?

In: counts per token, zeros ignored. Out: `PowerLawFit` and the survival curve with both fits. Fitted by the `powerlaw`
package (Alstott, Bullmore and Plenz, PLOS ONE 2014) with the exact discrete likelihood; xmin minimises the
Kolmogorov-Smirnov distance (Clauset, Shalizi and Newman, SIAM Review 51, 2009). A good fit is no proof of a hierarchy.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from hypviz.errors import HypvizError
from hypviz.frequency.lognormal import compare_with_lognormal, lognormal_survival
from hypviz.records.frequency import FrequencyCurve, LognormalComparison, PowerLawFit

FEWEST_VALUES = 5  # distinct counts; with fewer, every xmin fits
TRUSTED_TAIL = 50  # Clauset et al. find the estimate unreliable below about this many observations


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
        fit: Any = powerlaw.Fit(counts, discrete=True, estimate_discrete=False, verbose=0)
        law = fit.power_law
        gamma, xmin, ks = float(law.alpha), float(fit.xmin), float(law.D)
        if not (math.isfinite(gamma) and math.isfinite(xmin) and math.isfinite(ks)):
            raise HypvizError("The power-law fit found no usable tail in these counts; choose a larger text.")
        n_tail = int((counts >= xmin).sum())
        lognormal, remark = compare_with_lognormal(counts, fit)
    return PowerLawFit(
        gamma=gamma,
        xmin=int(xmin),
        sigma=(gamma - 1) / math.sqrt(n_tail),
        ks=ks,
        n_tail=n_tail,
        n=int(counts.size),
        lognormal=lognormal,
        notes=_notes(caught, n_tail, lognormal, remark),
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
    from scipy import special

    return special.zeta(gamma, np.asarray(value, dtype=np.float64)) / special.zeta(gamma, float(xmin))


def _notes(
    caught: list[warnings.WarningMessage], n_tail: int, lognormal: LognormalComparison | None, remark: str | None
) -> tuple[str, ...]:
    """What the person should know; deprecations speak to the package's authors, and other threads' warnings are not ours."""
    ours = [w for w in caught if "powerlaw" in w.filename and not issubclass(w.category, (DeprecationWarning, FutureWarning))]
    notes = {" ".join(str(w.message).split()): None for w in ours}
    if n_tail < TRUSTED_TAIL:
        notes[f"The tail holds only {n_tail} tokens; with fewer than {TRUSTED_TAIL} the exponent is a rough guess."] = None
    if remark is not None:
        notes = {note: None for note in notes if "distribution lognormal" not in note} | {remark: None}
    if lognormal is None:
        notes["The lognormal could not be fitted to this tail, so the two were not compared."] = None
    return tuple(notes)
