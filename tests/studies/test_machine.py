"""What the machine below is told and asked."""

from __future__ import annotations

import sys

import pytest

from hypviz.studies.machine import hand_back_memory


@pytest.mark.skipif(sys.platform != "linux", reason="only where the C library is asked")
def test_what_was_freed_goes_back_to_the_system() -> None:
    def anonymous() -> int:
        with open("/proc/self/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Anonymous"))

    pieces = [bytearray(60_000) for _ in range(2000)]  # below what is mapped alone, so that the library keeps it
    last = bytearray(60_000)
    before = anonymous()
    pieces.clear()
    hand_back_memory()
    assert anonymous() < before - 80_000 and len(last) == 60_000


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not hand_back_memory()
