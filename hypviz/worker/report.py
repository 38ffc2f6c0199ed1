"""The worker's side of status.json: changes are collected and written once a second, which is the heartbeat too."""

from __future__ import annotations

import dataclasses
import logging
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from hypviz.records.hyplora import RadiusCalibration
from hypviz.records.resources import RunResources
from hypviz.records.runs import RunProbe, RunStatus
from hypviz.runs.curves import append
from hypviz.runs.folder import RunFolder

BEAT_SECONDS = 0.5
_LOG = logging.getLogger("hypviz.worker")


class Report:
    """Use as a context manager; `silent` reports nothing (all but the first of several processes).

    `resources`, once set, is asked at every beat what the process has used.
    """

    def __init__(self, folder: RunFolder, *, silent: bool = False, parent: int | None = None) -> None:
        self.folder, self.silent, self._parent = folder, silent, parent
        self.status: RunStatus = dataclasses.replace(folder.read_status(), pid=os.getpid(), heartbeat_at=self.now())
        self.resources: Callable[[], RunResources] | None = None
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._write()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.pause()

    @staticmethod
    def now() -> float:
        """Seconds since the epoch."""
        return time.time()

    def update(self, **changes: Any) -> None:
        """Change fields of the status; they reach the file with the next beat."""
        with self._guard:
            if changes.get("phase", self.status.phase) != self.status.phase:
                _LOG.info("%s", changes["phase"])
            self.status = dataclasses.replace(self.status, **changes)

    def member(self, method: str, **changes: Any) -> None:
        """Change fields of one member's report."""
        with self._guard:
            members = tuple(dataclasses.replace(m, **changes) if m.method == method else m for m in self.status.members)
            self.status = dataclasses.replace(self.status, members=members)

    def metric(self, row: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl."""
        if not self.silent:
            append(self.folder.metrics, row)

    def probe(self, probe: RunProbe) -> None:
        """Replace probe.json."""
        if not self.silent:
            self.folder.write_probe(probe)

    def start(self, probe: RunProbe) -> None:
        """Write start.json."""
        if not self.silent:
            self.folder.write_start(probe)

    def calibration(self, calibration: RadiusCalibration) -> None:
        """Write calibration.json."""
        if not self.silent:
            self.folder.write_calibration(calibration)

    def close(self, state: str, message: str | None) -> None:
        """The last word; written at once, and tried again for a moment where the disk is full."""
        self.pause()
        self.update(state=state, message=message, ended_at=self.now(), phase=state)
        for _ in range(5):
            try:
                self._write()
                return
            except OSError as error:
                _LOG.error("the final status cannot be written: %s", error)
                time.sleep(1.0)

    def pause(self) -> None:
        """End the heartbeat."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            if self._parent is not None and os.getppid() != self._parent:
                os._exit(3)  # the launcher was killed; nothing may train on without the lock
            try:
                self._write()
            except OSError as error:
                _LOG.error("the status cannot be written: %s", error)

    def _write(self) -> None:
        if self.silent:
            return
        with self._guard:
            self.status = dataclasses.replace(self.status, heartbeat_at=self.now())
            self.folder.write_status(self.status)
        if self.resources is not None:
            try:
                self.folder.write_resources(self.resources())
            except RuntimeError as error:  # a GPU that has failed cannot be asked; the status is written already
                _LOG.error("the memory of the process cannot be told: %s", error)
