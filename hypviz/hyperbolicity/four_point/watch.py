"""Looking up on the way: a deadline, a stop, and loops cut into pieces whose length follows from what the last piece took.

In: a `Work`, a `Deadline` (whose clock is the caller's) and the costs of the items of a loop, in any unit. Out: slices of items.
A piece is as long as `piece_seconds` allow by the speed of the piece before, so that a busy machine gets shorter ones.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import numpy as np
from jaxtyping import Float64

from hypviz.compiled import PARALLEL
from hypviz.errors import Stopped
from hypviz.hyperbolicity.four_point.limits import USUAL, Limits
from hypviz.work import NOBODY, STOPPED, Deadline, Work

GROWTH = 8.0  # a piece is at most this many times as long as the one before
AT_LEAST = 2  # items of a piece, one for each of two threads
AT_ONCE = 1 << 20  # numbers that one step of array code handles
WAIT_SECONDS = 0.1


class OutOfTime(Stopped):
    """The deadline, or a person, ended the search; what is known stays."""


class Watch:
    """Who may end a search: `work` by a stop, `deadline` by its time."""

    def __init__(self, *, work: Work = NOBODY, deadline: Deadline | None = None, limits: Limits = USUAL) -> None:
        self._work, self._deadline, self._limits = work, deadline or Deadline(), limits

    @property
    def seconds_left(self) -> float:
        """Until the deadline."""
        return self._deadline.left

    @property
    def spent(self) -> float:
        """Seconds by the deadline's clock."""
        return self._deadline.spent

    def look(self) -> None:
        """Raise `OutOfTime` if the time is over or the work was asked to end."""
        if self._deadline.is_over or self._work.is_stopped:
            raise OutOfTime(STOPPED)

    def pieces(self, costs: Float64[np.ndarray, " n"]) -> Iterator[slice]:
        """Slices of the items of a loop in order, a look before each; `costs` are about how many simple operations each item is."""
        total = np.cumsum(np.maximum(costs, 1.0))
        done, behind, allowed = 0, 0.0, self._limits.first_piece
        while done < total.size:
            self.look()
            stop = min(total.size, max(done + AT_LEAST, int(np.searchsorted(total, behind + allowed, side="right"))))
            began = self.spent
            yield slice(done, stop)
            took = max(self.spent - began, 1e-9)
            allowed = (float(total[stop - 1]) - behind) * min(GROWTH, self._limits.piece_seconds / took)
            done, behind = stop, float(total[stop - 1])

    def alike(self, n: int, cost: float) -> Iterator[slice]:
        """The same for `n` items of one cost."""
        return self.pieces(np.full(n, float(cost)))

    def blocks(self, n: int) -> Iterator[slice]:
        """Slices of `n` numbers for array code, a look before each."""
        for start in range(0, n, AT_ONCE):
            self.look()
            yield slice(start, min(n, start + AT_ONCE))

    @contextmanager
    def alone(self) -> Generator[None]:
        """Hold the lock of all parallel loops; looks up while another has it."""
        while not PARALLEL.acquire(timeout=WAIT_SECONDS):
            self.look()
        try:
            yield
        finally:
            PARALLEL.release()
