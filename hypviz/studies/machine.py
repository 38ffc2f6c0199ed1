"""The machine below: how busy it is right now, and memory that is free and goes back to it."""

from __future__ import annotations

import ctypes
import os
import sys
import time

from hypviz.statistics.pace import seconds_left

__all__ = ["hand_back_memory", "seconds_left", "slowdown"]


def hand_back_memory() -> bool:
    """Give the system what the C library has freed and kept for later, where it can be told to (glibc); whether any went back."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    return trim is not None and trim(0) == 1


def slowdown(seconds: float = 0.1) -> float:
    """By what factor a thread that computes is held up by others on this machine, at least 1.

    Its time on the wall over its own, and no more than the line before each core over the last minute, because an instant can be unlucky.
    """
    wall, own = time.perf_counter(), time.thread_time()
    while time.perf_counter() - wall < seconds:
        sum(range(2000))
    used = time.thread_time() - own
    held_up = (time.perf_counter() - wall) / used if used > 0 else 1.0
    in_line = (os.getloadavg()[0] + 1.0) / (os.cpu_count() or 1)
    return max(1.0, min(held_up, in_line))
