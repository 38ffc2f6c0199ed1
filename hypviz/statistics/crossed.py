"""The mean of a table of repeats by items, both of which are samples: would other seeds and other problems say the same?

In: `values` (seeds, problems), each in [-1, 1], such as right(b) - right(a). Out: the mean with an interval for new seeds *and* new
problems (to take either for fixed is Clark's "language-as-fixed-effect fallacy", Journal of Verbal Learning and Verbal Behavior 12,
1973). Every seed meets the same problems, so the table has two ways, and a value is

    mean + effect of its seed + effect of its problem + rest.

Spread of the seeds' means holds the first effect and a share of the rest, spread of the problems' means the second and a share. The
half-width is the root of the sum of the squares of two t half-widths, t with seeds - 1 degrees of freedom times the standard error over
seeds, and t with problems - 1 times that over problems: the rest is counted twice and each part has a t of its own, so the interval is
wider than the textbook's (Satterthwaite, Biometrics Bulletin 2, 1946), whose few degrees of freedom do not hold the level with two or
three seeds. Two problems are added, one at +1 and one at -1 with every seed (Bonett and Price, Journal of Educational and Behavioral
Statistics 37, 2012, for one table), so that the interval has a width where nothing differs. `tests/statistics` measures its coverage by
simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.statistics import Interval

SMALLEST_P = 1e-12
METHOD = "t over seeds and over problems, added in squares"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """The mean of a table of seeds by problems, and how far it may move with either.

    `centre` is the mean after the two added problems; `seeds_error` and `problems_error` are the standard errors over seeds and over
    problems, `seeds_spread` the standard deviation of the seeds' means.
    """

    value: float
    centre: float
    seeds_error: float
    problems_error: float
    seeds_spread: float
    n_seeds: int
    n_problems: int

    def half_widths(self, level: float = 0.95) -> tuple[float, float]:
        """(over seeds alone, over problems alone)."""
        from scipy.special import stdtrit

        share = 0.5 + level / 2
        over_seeds, over_problems = (float(stdtrit(df, share)) for df in (self.n_seeds - 1, self.n_problems + 1))
        return over_seeds * self.seeds_error, over_problems * self.problems_error

    def interval(self, level: float = 0.95) -> Interval:
        """The mean with its interval, ends beyond -1 and 1 taken as these."""
        half = math.hypot(*self.half_widths(level))
        low, high = max(-1.0, self.centre - half), min(1.0, self.centre + half)
        return Interval(value=self.value, low=low, high=high, n=self.n_problems, level=level, method=METHOD)

    @property
    def p(self) -> float:
        """Two-sided, for the mean 0: the interval at level 1 - p ends at 0. Not told below `SMALLEST_P`."""
        if self.centre == 0:
            return 1.0
        inside, outside = SMALLEST_P, 1.0  # p between them
        for _ in range(60):
            middle = (inside + outside) / 2
            far = abs(self.centre) > math.hypot(*self.half_widths(1 - middle))
            inside, outside = (inside, middle) if far else (middle, outside)
        return outside


def crossed_mean(values: np.ndarray) -> Crossed:
    """The mean of `values` (seeds, problems), at least 2 by 2; `HypvizError` for less."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise HypvizError(
            f"A mean over seeds and problems needs at least 2 of each, but got a table of {table.shape}; add seeds or problems."
        )
    n_seeds, n_problems = table.shape
    wide = np.concatenate([table, np.ones((n_seeds, 1)), -np.ones((n_seeds, 1))], axis=1)
    return Crossed(
        value=float(table.mean()),
        centre=float(wide.mean()),
        seeds_error=float(wide.mean(axis=1).std(ddof=1)) / math.sqrt(n_seeds),
        problems_error=float(wide.mean(axis=0).std(ddof=1)) / math.sqrt(n_problems + 2),
        seeds_spread=float(table.mean(axis=1).std(ddof=1)),
        n_seeds=n_seeds,
        n_problems=n_problems,
    )


def least_multiple(n_seeds: int, level: float = 0.95) -> float:
    """How many times the spread between seeds a difference must be to be told from 0, however many problems there are: t / sqrt(seeds)."""
    from scipy.special import stdtrit

    if n_seeds < 2:
        raise HypvizError(f"A spread between seeds needs at least 2 of them, but there is {n_seeds}; add seeds.")
    return float(stdtrit(n_seeds - 1, 0.5 + level / 2)) / math.sqrt(n_seeds)
