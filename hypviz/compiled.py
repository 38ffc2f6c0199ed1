"""How loops are compiled here: by numba, kept on disk where that is possible, and one parallel loop at a time in a process.

Where neither OpenMP nor TBB exists, numba's threads abort the process when two callers enter a parallel loop at once, so every
call of one stands under `PARALLEL`. Importing this module imports numba (a second): do it where a loop is needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from numba import njit

PARALLEL = threading.RLock()


def compiled(*, parallel: bool = False, fastmath: set[str] | bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: the function as machine code, compiled at its first call, or read from the cache of an earlier process."""

    def compile_it(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return njit(cache=True, parallel=parallel, fastmath=fastmath, nogil=True)(function)
        except RuntimeError:  # no folder for the cache can be written, so that every process compiles anew
            return njit(parallel=parallel, fastmath=fastmath, nogil=True)(function)

    return compile_it
