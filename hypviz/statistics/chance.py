"""Is an observed number unusual among numbers made by chance? (Monte Carlo tests; Barnard, JRSS B 25, 1963)

In: one observed statistic and the same statistic of data sets simulated under the null. If the observed data come from the
null too, all of them are exchangeable, so the observed number falls outside the range of `chance_range` with probability
at most 1 - level: exactly, at any sample size, whatever the distribution of the statistic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hypviz.errors import HypvizError

TIE = 1e-12  # differences below this are rounding, not evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanceRange:
    """Where chance puts the statistic (`low` to `high`), on which `side` of it the observed one lies, and the two-sided p."""

    low: float
    high: float
    side: int  # -1 below, 0 within, +1 above
    p: float
    n_draws: int


def chance_range(observed: float, draws: np.ndarray, level: float = 0.95) -> ChanceRange:
    """Compare `observed` with the order statistics of `draws` (n_draws,); 39 draws are the fewest that give 95 %."""
    draws = np.sort(np.asarray(draws, dtype=np.float64))
    k = math.floor((1 - level) / 2 * (draws.size + 1) + 1e-9)
    if k < 1:
        least = math.ceil(2 / (1 - level) - 1e-9) - 1
        raise HypvizError(
            f"A {100.0 * level:.0f} % comparison with chance needs at least {least} repeats of the null, but got {draws.size}; "
            "ask for more."
        )
    low, high = float(draws[k - 1]), float(draws[-k])
    side = -1 if observed < low - TIE else 1 if observed > high + TIE else 0
    as_low = int((draws <= observed + TIE).sum())
    as_high = int((draws >= observed - TIE).sum())
    p = min(1.0, 2 * (1 + min(as_low, as_high)) / (draws.size + 1))
    return ChanceRange(low=low, high=high, side=side, p=p, n_draws=int(draws.size))
