"""How much memory this machine has and has free, the refusal to exceed it, and how to write an amount of bytes.

What is held only to save time gives way: whoever holds it says with `give_way` how it is let go, and `make_room` asks for that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypviz.errors import ModelError

KEPT_WHOLE = 400_000_000  # bytes in float32 up to which a table of rows is read at once and kept
GROUP = Path("/sys/fs/cgroup")  # of a container, where there is one
_GIVING_WAY: list[Callable[[], None]] = []


def available_memory() -> int:
    """Bytes that a new allocation can get: what the system reports, or less where a container (cgroup v2) sets a limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    try:
        group = {name: (GROUP / name).read_text(encoding="ascii") for name in ("memory.max", "memory.current", "memory.stat")}
        limit = int(group["memory.max"])  # "max" where there is no limit
        stat = dict(line.split() for line in group["memory.stat"].splitlines())
        # file pages that were not used lately are given back before anything fails
        used = int(group["memory.current"]) - int(stat["inactive_file"])
    except (OSError, ValueError, KeyError):
        return free
    return max(0, min(free, limit - used))


def total_memory() -> int:
    """Bytes of this machine's memory, or the limit of its container (cgroup v2) where that is less."""
    import psutil

    whole = int(psutil.virtual_memory().total)
    try:
        return min(whole, int((GROUP / "memory.max").read_text(encoding="ascii")))
    except (OSError, ValueError):  # "max" where there is no limit
        return whole


def out_of_memory_kills() -> int | None:
    """How many processes of this container (cgroup v2) the kernel has killed for memory so far; None where that is not told."""
    try:
        lines = (GROUP / "memory.events").read_text(encoding="ascii").splitlines()
        return int(dict(line.split() for line in lines)["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


def give_way(let_go: Callable[[], None]) -> None:
    """From now on `let_go` is called where memory is short; it forgets what can be read again, and whoever uses that keeps it."""
    _GIVING_WAY.append(let_go)


def make_room(needed: int) -> int:
    """The bytes that are free, after all that gives way has been let go where fewer than `needed` are."""
    free = available_memory()
    if needed <= free or not _GIVING_WAY:
        return free
    for let_go in _GIVING_WAY:
        let_go()
    return available_memory()


def check_memory(needed: int, label: str) -> None:
    """Raise `ModelError` if `needed` bytes are more than this machine has free, after what gives way has been let go."""
    free = make_room(needed)
    if needed > free:
        raise ModelError(
            f"{label} needs {show_size(needed)} of memory and {show_size(free)} are free; close other programs or choose a smaller model."
        )


def show_size(n_bytes: int) -> str:
    """``812 bytes``, ``6.9 MB`` or ``16.1 GB`` (decimal units, as file managers and the hub show them)."""
    if n_bytes < 1000:
        return f"{n_bytes} bytes"
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    raise ValueError(n_bytes)
