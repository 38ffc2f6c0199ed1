"""How long work will still take, judged by the work itself: by its last stretch, so that a machine that gets busy is noticed.

In: durations or marks that the caller took from its own clock; nothing here looks at one. Out: seconds, or None before there is
anything to judge by.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

RECENT = 20
TRUSTED_SECONDS = 1.0
STRETCH = 0.3
FIRST_SHARE = 0.1


class Pace:
    """Work made of units of a few kinds, each kind with a pace of its own.

    `units` says how many of each kind there are in all. `alike` maps a kind to (another kind, factor): while it has not been seen, a
    unit of it is taken to last `factor` times as long as one of the other; without that it counts for nothing.
    """

    def __init__(self, units: Mapping[str, int], *, alike: Mapping[str, tuple[str, float]] | None = None) -> None:
        self._left = dict(units)
        self._alike = dict(alike or {})
        self._recent: dict[str, deque[float]] = {kind: deque(maxlen=RECENT) for kind in units}
        self._seen = dict.fromkeys(units, 0)

    def note(self, kind: str, seconds: float) -> None:
        """One unit of this kind is done; the first of its kind, which pays for what is set up once, gives way to the second."""
        if self._seen[kind] == 1:
            self._recent[kind].clear()
        self._recent[kind].append(seconds)
        self._seen[kind] += 1
        self._left[kind] = max(0, self._left[kind] - 1)

    def seconds_left(self) -> float | None:
        """For all units that are left; None before the first one was noted."""
        if not any(self._seen.values()):
            return None
        return sum(left * (self._typical(kind) or 0.0) for kind, left in self._left.items() if left)

    def _typical(self, kind: str) -> float | None:
        recent = self._recent[kind]
        if recent:
            return math.fsum(recent) / len(recent)
        other, factor = self._alike.get(kind, (None, 0.0))
        found = self._typical(other) if other is not None and self._recent[other] else None
        return None if found is None else factor * found


def seconds_left(guess: float, marks: Sequence[tuple[float, float]], now: float) -> float | None:
    """Of work that began at 0 and reports its share: `marks` (seconds, share) in order, `now` in seconds; None if it should be over.

    Before the first mark the guess is counted down. What came before it (imports, reading a model) tells nothing about the rest, so
    that marks are judged from the first one on; where there is only one, it counts if its share is `FIRST_SHARE` or more. In the
    first second after the first mark they replace the guess: all of them and the last stretch (a third of the time, at least a second)
    each give a pace, and the geometric mean counts. Between marks the time left is counted down, so that a stage without reports does
    not add to it.
    """
    guessed = max(0.0, guess - now)
    if not marks or marks[-1][1] <= 0.0:
        return guessed if guessed >= 0.5 else None
    (began, share_then), (at, share) = marks[0], marks[-1]
    if share > share_then and at > began:
        spent, trust = at - began, min(1.0, (at - began) / TRUSTED_SECONDS)
        first = next((mark for mark in reversed(marks[:-1]) if mark[0] <= at - max(TRUSTED_SECONDS, STRETCH * spent)), marks[0])
        overall = spent / (share - share_then)
        lately = (at - first[0]) / (share - first[1]) if share > first[1] else overall
    else:
        overall = lately = at / share
        trust = min(1.0, at / TRUSTED_SECONDS) if share >= FIRST_SHARE else 0.0
    paced = max(0.0, math.sqrt(overall * lately) * (1.0 - share) - (now - at))
    left = (1.0 - trust) * guessed + trust * paced
    return left if left >= 0.5 else None
