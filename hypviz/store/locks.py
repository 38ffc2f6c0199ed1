"""Exclusive locks on files by ``flock``: the kernel frees them when the holder dies, however it dies.

A held lock is also the proof that a worker lives. It needs no process id, so neither a zombie (its files are closed) nor a
reused id can be mistaken for a living worker.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """An open lock file; the lock lasts until `release` or until the last process that inherited it is gone."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def release(self) -> None:
        """Close this process's copy."""
        os.close(self.descriptor)

    def keep_from_children(self) -> None:
        """Do not hand an inherited lock on to processes started from here."""
        os.set_inheritable(self.descriptor, False)


def try_lock(path: Path) -> Lock | None:
    """The lock on `path` (the file is created), or None if someone else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return Lock(descriptor)


def is_locked(path: Path) -> bool:
    """Whether someone holds the lock on `path` exclusively; asking takes a shared lock for an instant."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock on `path` while the block runs, waiting for it first; for moments only."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
