"""What every step of a search is given: the metric, the two ends, who may end it, and what it may use; and the climb from a pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Integer

from hypviz.hyperbolicity.four_point.ends import Ends
from hypviz.hyperbolicity.four_point.limits import Limits
from hypviz.hyperbolicity.four_point.loops import pairs as loops
from hypviz.hyperbolicity.four_point.quantised import in_turn
from hypviz.hyperbolicity.four_point.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One search on a checked metric; `device` is where torch bounds the excesses, None for compiled loops."""

    D: Float64[np.ndarray, "n n"]
    ends: Ends
    watch: Watch
    limits: Limits
    device: str | None = None

    @property
    def n(self) -> int:
        """The number of points."""
        return len(self.D)

    def climb(self, a: int, b: int) -> None:
        """From a pair to the best pair with it, and on from that one while it helps."""
        value = -np.inf
        while True:
            rows = self._rows_with(a, b)
            c = int(np.argmax(rows[:, 0]))
            if not rows[c, 0] > value:
                return
            value, d = float(rows[c, 0]), int(rows[c, 1])
            self.ends.found(value, (a, b, c, d))
            a, b = c, d

    def with_pair(self, a: int, b: int) -> None:
        """Keep the best quadruple with the pair a, b."""
        rows = self._rows_with(a, b)
        c = int(np.argmax(rows[:, 0]))
        self.ends.found(float(rows[c, 0]), (a, b, c, int(rows[c, 1])))

    def keep_best(self, found: Float64[np.ndarray, "m 3"], first: Integer[np.ndarray, " m"], second: Integer[np.ndarray, " m"]) -> None:
        """Keep the best of what was found with each of some pairs, (value, c, d), c = -1 for none."""
        t = int(np.argmax(np.where(found[:, 1] >= 0, found[:, 0], -np.inf)))
        if found[t, 1] >= 0:
            self.ends.found(float(found[t, 0]), (int(first[t]), int(second[t]), int(found[t, 1]), int(found[t, 2])))

    def _rows_with(self, a: int, b: int) -> Float64[np.ndarray, "n 2"]:
        """The best value with the pair a, b and a third point, and its fourth point, for every third point."""
        todo, rows = in_turn(self.n), np.empty((self.n, 2))
        for piece in self.watch.alike(self.n, self.n):
            with self.watch.alone():
                loops.best_with_pair(self.D, a, b, todo[piece], rows)
        return rows
