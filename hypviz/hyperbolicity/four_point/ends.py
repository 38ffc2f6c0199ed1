"""What is known of a four-point delta while it is looked for: an attained and an excluded end, moving towards each other.

In: quadruples that were found and bounds that were proved. Out: `FourPointDelta` at any moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

TIE = 1e-8  # of the diameter: an interval as narrow as that is left as it is
OnInterval = Callable[[float, float], None]
Quadruple = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FourPointDelta:
    """`lower` <= delta <= `upper` in the unit of the distances; `exact` when all quadruples are accounted for.

    `points` (a, b, c, d) attain `lower`, with d(a,b) + d(c,d) the largest sum; None for fewer than four points. `how` names what
    settled it: ``potentials``, ``excesses`` or ``products``; ``checks`` where time was over before the matrix had been checked.
    """

    lower: float
    upper: float
    exact: bool
    points: Quadruple | None
    diameter: float
    how: str

    @property
    def delta_rel(self) -> float | None:
        """2 lower / diameter, None where all points are one."""
        return 2.0 * self.lower / self.diameter if self.diameter > 0 else None


class Ends:
    """The two ends for `n` points of a diameter. `best` and `bound` are twice a delta: attained by `points`, and not exceeded.

    `tied` is the largest value that ties could not be told from.
    """

    def __init__(self, *, n: int, diameter: float, on_interval: OnInterval | None = None) -> None:
        self.diameter, self._on_interval = diameter, on_interval
        self.best, self.bound, self.tied = 0.0, diameter if n >= 4 else 0.0, 0.0  # delta is at most half the diameter
        self.points: Quadruple | None = (0, 1, 2, 3) if n >= 4 and diameter > 0.0 else None

    @property
    def is_settled(self) -> bool:
        """Whether rounding is all that is left between the two ends."""
        return self.bound - self.best <= TIE * self.diameter

    def found(self, value: float, points: Quadruple) -> None:
        """Keep a quadruple that is better than the best."""
        if value > self.best:
            self.best, self.points = value, points
            self._tell()

    def bounded(self, value: float) -> None:
        """Keep a lower upper bound."""
        if value < self.bound:
            self.bound = max(value, self.best)
            self._tell()

    def result(self, how: str, *, exact: bool) -> FourPointDelta:
        """The interval, with the rounding of sums of two distances."""
        rounding = 4.0 * float(np.finfo(np.float64).eps) * self.diameter
        top = max(self.best, self.tied, 0.0 if exact and not self.is_settled else self.bound)
        return FourPointDelta(
            lower=max(0.0, self.best / 2.0),
            upper=top / 2.0 + (rounding if self.points is not None else 0.0),
            exact=exact,
            points=self.points,
            diameter=self.diameter,
            how=how,
        )

    def _tell(self) -> None:
        if self._on_interval is not None:
            self._on_interval(self.best / 2.0, max(self.best, self.bound) / 2.0)
