"""One object for progress and stop: how long work says how far it is, is asked to end, and hands out what it has found so far.

In: whoever watches (a page, a shell, a test) makes a `Work` from callbacks. Out: the same object goes down through every long function,
cut into stages by `part`. `NOBODY` is for callers that do not watch. A `Deadline` is handed to work that may take a given time; its
clock is the caller's. Nothing here prints, draws or starts a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from hypviz.errors import Stopped

STOPPED = "Stopped, as asked; start it again to go on."


class Work:
    """What a long function is given: `report` how far it is, `check` whether to end, `part` for a stage, `hand_out` for what there is.

    `on_report(done, total, text)` hears every report, `asked_to_stop()` says whether the work should end, `on_found(record)` takes
    whole records that are not yet the final one. Units are the caller's own (tokens, steps); after `part` they are shares of 1.
    """

    def __init__(
        self,
        *,
        on_report: Callable[[float, float, str], None] | None = None,
        asked_to_stop: Callable[[], bool] | None = None,
        on_found: Callable[[object], None] | None = None,
    ) -> None:
        self._on_report, self._asked_to_stop, self._on_found = on_report, asked_to_stop, on_found
        self._given = 0.0
        self._reached = 0.0  # the furthest share that a stage has told
        self._last = (0.0, 1.0)

    def report(self, done: float, total: float, text: str = "") -> None:
        """`done` of `total` units are behind; `text` says what is being done."""
        self._last = (done, total)
        if self._on_report is not None:
            self._on_report(done, total, text)

    def say(self, text: str) -> None:
        """Another word on what is being done, no further than the last report."""
        self.report(*self._last, text)

    @property
    def is_stopped(self) -> bool:
        """Whether the work was asked to end; for loops that hand back what they have instead of raising."""
        return self._asked_to_stop is not None and self._asked_to_stop()

    def check(self) -> None:
        """Raise `Stopped` once the work was asked to end."""
        if self.is_stopped:
            raise Stopped(STOPPED)

    def part(self, share: float, text: str = "") -> Work:
        """The next stage: its whole is the next `share` (0 to 1) of this work, and its reports stand behind `text`.

        A late word of an earlier stage, or one that counts backwards, is told but takes nothing back. `ValueError` where the shares given
        out exceed the whole.
        """
        start = self._given
        if not 0.0 <= share <= 1.0 + 1e-9 - start:
            raise ValueError(f"a part of {share} after {start} is more than the whole, or less than nothing")
        self._given = start + share

        def tell(done: float, total: float, detail: str) -> None:
            words = ": ".join(word for word in (text, detail) if word)
            self._reached = max(self._reached, start + share * min(1.0, done / total if total else 1.0))
            self.report(self._reached, 1.0, words)

        return Work(on_report=tell, asked_to_stop=self._asked_to_stop, on_found=self._on_found)

    def unstoppable(self) -> Work:
        """The same watcher, but asked to end no more: for finishing what a stop left, so that it can be shown."""
        return Work(on_report=self._on_report, on_found=self._on_found)

    def hand_out(self, record: object) -> None:
        """Show `record`, which must not change afterwards: whole in itself, and replaced by the next one."""
        if self._on_found is not None:
            self._on_found(record)


class _Nobody(Work):
    """Shared by everyone who does not watch, so that it keeps no account of its stages."""

    def part(self, share: float, text: str = "") -> Work:
        """Itself."""
        return self


NOBODY = _Nobody()


class Deadline:
    """A time to be ready by: `seconds` from its making (None: never), by a clock in seconds."""

    def __init__(self, seconds: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._began = clock, clock()
        self._seconds = float("inf") if seconds is None else seconds

    @property
    def spent(self) -> float:
        """Seconds since its making."""
        return self._clock() - self._began

    @property
    def left(self) -> float:
        """Seconds that remain, negative once it has passed, infinite where there is none."""
        return self._seconds - self.spent

    @property
    def is_over(self) -> bool:
        """Whether no time remains."""
        return self.left <= 0.0
