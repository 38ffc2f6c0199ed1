"""First come, first served, one job per device, without anybody to manage it.

Every started run has a ticket file ``.queue/<device>/<time>-<run_id>``; its worker waits until no living worker has an earlier
ticket, then takes the device's lock, then drops its ticket. A dead worker's ticket counts for nothing and is cleared away.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from hypviz.runs.folder import RunFolder, runs_root
from hypviz.store.locks import Lock, is_locked, try_lock
from hypviz.work import Work

POLL_SECONDS = 0.2
_TICKET = re.compile(r"(\d{20})-(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A place in the line of one device."""

    path: Path
    order: int
    run_id: str


def enqueue(folder: RunFolder, device: str) -> None:
    """Put a run at the end of the line; the caller holds the lock on all runs and the run's worker lock."""
    line = _line(device)
    for ticket in _tickets(device):
        if ticket.run_id == folder.run_id:
            ticket.path.unlink(missing_ok=True)
    last = max((ticket.order for ticket in _tickets(device)), default=0)
    (line / f"{max(time.time_ns(), last + 1):020d}-{folder.run_id}").touch()


def leave(folder: RunFolder, device: str) -> None:
    """Give the place up."""
    for ticket in _tickets(device):
        if ticket.run_id == folder.run_id:
            ticket.path.unlink(missing_ok=True)


def waiting(device: str) -> tuple[str, ...]:
    """Run ids in line whose worker lives, the next one first."""
    found: list[str] = []
    for ticket in _tickets(device):
        if is_locked(RunFolder(path=runs_root() / ticket.run_id).worker_lock):
            found.append(ticket.run_id)
        else:
            ticket.path.unlink(missing_ok=True)
    return tuple(found)


def wait_for_turn(folder: RunFolder, device: str, work: Work) -> Lock | None:
    """The device's lock once it is this run's turn; None if it was asked to stop while it waited."""
    while not work.is_stopped:
        if waiting(device)[:1] in ((), (folder.run_id,)):
            lock = try_lock(_line(device) / "device.lock")
            if lock is not None:
                leave(folder, device)
                return lock
        time.sleep(POLL_SECONDS)
    leave(folder, device)
    return None


def _line(device: str) -> Path:
    line = runs_root() / ".queue" / device.replace(":", "-")
    line.mkdir(parents=True, exist_ok=True)
    return line


def _tickets(device: str) -> list[Ticket]:
    matches = ((path, _TICKET.fullmatch(path.name)) for path in _line(device).iterdir())
    found = [Ticket(path=path, order=int(match[1]), run_id=match[2]) for path, match in matches if match]
    return sorted(found, key=lambda ticket: ticket.order)
