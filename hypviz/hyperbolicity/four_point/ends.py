"""What is known of a four-point delta while it is looked for: an attained and an excluded end, moving towards each other.

In: a checked metric and a deadline. Out: `FourPointDelta` at any moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hypviz.compiled import PARALLEL
from hypviz.errors import Stopped
from hypviz.hyperbolicity.four_point.quantised import in_turn

if TYPE_CHECKING:
    from types import ModuleType

TIE = 1e-8  # of the diameter: an interval as narrow as that is left as it is
Interval = Callable[[float, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FourPointDelta:
    """`lower` <= delta <= `upper` in the unit of the distances; `exact` when all quadruples are accounted for.

    `points` (a, b, c, d) attain `lower`, with d(a,b) + d(c,d) the largest sum; None for fewer than four points. `how` names what
    settled it: ``potentials``, ``excesses`` or ``products``.
    """

    lower: float
    upper: float
    exact: bool
    points: tuple[int, int, int, int] | None
    diameter: float
    how: str

    @property
    def delta_rel(self) -> float | None:
        """2 lower / diameter, None where all points are one."""
        return 2.0 * self.lower / self.diameter if self.diameter > 0 else None


class OutOfTime(Stopped):
    """The deadline, or a person, ended the search; what is known stays."""


@dataclass(kw_only=True)
class Ends:
    """The two ends of one search. `best` and `bound` are twice a delta: attained, and not exceeded."""

    D: np.ndarray
    deadline: float
    on_interval: Interval | None
    should_stop: Callable[[], bool] | None
    best: float = 0.0
    bound: float = np.inf
    points: tuple[int, int, int, int] | None = None
    tied: float = 0.0  # the largest value that ties could not be told from
    todo: np.ndarray = field(init=False)
    kernels: ModuleType = field(init=False)
    pair_kernels: ModuleType = field(init=False)

    def load(self) -> None:
        """The loops, which bring numba."""
        from hypviz.hyperbolicity.four_point.loops import pairs as pair_kernels
        from hypviz.hyperbolicity.four_point.loops import products as kernels

        self.kernels, self.pair_kernels, self.todo, self.points = kernels, pair_kernels, in_turn(len(self.D)), (0, 1, 2, 3)

    def settled(self) -> bool:
        """Whether rounding is all that is left between the two ends."""
        return self.bound - self.best <= TIE * float(self.D.max())

    def result(self, how: str, *, exact: bool) -> FourPointDelta:
        """The interval, with the rounding of sums of two distances."""
        rounding = 4.0 * np.finfo(np.float64).eps * float(self.D.max(initial=0.0))
        top = max(self.best, self.tied, 0.0 if exact and not self.settled() else self.bound)
        return FourPointDelta(
            lower=max(0.0, self.best / 2.0),
            upper=top / 2.0 + (rounding if self.points is not None else 0.0),
            exact=exact,
            points=self.points if len(self.D) >= 4 else None,
            diameter=float(self.D.max(initial=0.0)),
            how=how,
        )

    def seconds_left(self) -> float:
        """Until the deadline."""
        return self.deadline - time.monotonic()

    def look(self, needed: float = 0.0) -> None:
        """Raise `OutOfTime` if it is time, or if what comes next needs more seconds than are left."""
        if needed > self.seconds_left() or (self.should_stop is not None and self.should_stop()):
            raise OutOfTime("The search was stopped; the interval holds.")

    def found(self, value: float, points: tuple[int, int, int, int]) -> bool:
        """Keep a better quadruple."""
        if value <= self.best:
            return False
        self.best, self.points = value, points
        self._tell()
        return True

    def bounded(self, value: float) -> None:
        """Keep a lower upper bound."""
        if value < self.bound:
            self.bound = max(value, self.best)
            self._tell()

    def _tell(self) -> None:
        if self.on_interval is not None:
            self.on_interval(self.best / 2.0, max(self.best, self.bound) / 2.0)

    def climb(self, a: int, b: int) -> None:
        """From a pair to the best pair with it, and on from that one while it helps."""
        value = -np.inf
        while True:
            self.look()
            with PARALLEL:
                rows = self.pair_kernels.best_with_pair(self.D, a, b, self.todo)
            c = int(np.argmax(rows[:, 0]))
            if not rows[c, 0] > value:
                return
            value, d = float(rows[c, 0]), int(rows[c, 1])
            self.found(value, (a, b, c, d))
            a, b = c, d

    def with_pair(self, a: int, b: int) -> tuple[int, int] | None:
        """The best quadruple with the pair a, b; its other pair if it is a new best."""
        with PARALLEL:
            rows = self.pair_kernels.bestwith_pair(self.D, a, b, self.todo)
        c = int(np.argmax(rows[:, 0]))
        return (c, int(rows[c, 1])) if self.found(float(rows[c, 0]), (a, b, c, int(rows[c, 1]))) else None

    def keep_best(self, found: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
        """Keep the best of what was found with each of some pairs, (value, c, d), c = -1 for none."""
        t = int(np.argmax(np.where(found[:, 1] >= 0, found[:, 0], -np.inf)))
        if found[t, 1] >= 0:
            self.found(float(found[t, 0]), (int(first[t]), int(second[t]), int(found[t, 1]), int(found[t, 2])))
