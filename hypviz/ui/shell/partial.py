"""What a job has found so far: handed out while it runs, taken by the page at its own pace.

In: whole frozen records, published from the job's thread, each replacing the one before. Out: the one to draw. A chart that changes is
made anew by the browser and loses its zoom, so the longer a job runs, the longer a picture stays.
"""

from __future__ import annotations

import threading
import time
from typing import Any

LOOK_S = 1.0  # seconds between two looks of a page
SHORTEST_S, SHARE, LONGEST_S = 2.0, 0.1, 15.0  # a picture stays for a tenth of the time so far, within these


class Partial:
    """The newest record of a job and the one that pages draw; both None until the first is published."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._started = time.monotonic()
        self._newest: Any = None
        self._drawn: Any = None
        self._drawn_at = 0.0

    def publish(self, record: Any) -> None:
        """Hand out what there is; the record must not change afterwards."""
        with self._guard:
            self._newest = record

    def to_draw(self, now: float | None = None) -> Any:
        """The record to draw at `now` (monotonic seconds): the same as before until it has stood long enough."""
        now = time.monotonic() if now is None else now
        with self._guard:
            stays = min(LONGEST_S, max(SHORTEST_S, SHARE * (now - self._started)))
            if self._drawn is None or (self._newest is not self._drawn and now - self._drawn_at >= stays):
                self._drawn, self._drawn_at = self._newest, now
            return self._drawn
