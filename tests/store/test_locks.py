"""Locks on files: one holder at a time, nothing left open where the system refuses."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from hypviz.store.locks import is_locked, locked, try_lock


def test_a_lock_has_one_holder_and_asking_takes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "it.lock"
    assert not is_locked(file) and not file.exists()
    held = try_lock(file)
    assert held is not None and is_locked(file) and try_lock(file) is None
    held.keep_from_children()
    assert not os.get_inheritable(held.descriptor)
    held.release()
    assert not is_locked(file)
    with locked(file):
        assert is_locked(file)
    assert not is_locked(file)


def test_a_file_system_without_locks_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="No locks"):
        try_lock(tmp_path / "it.lock")
    assert len(os.listdir("/proc/self/fd")) == before
