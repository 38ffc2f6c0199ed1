"""How much memory and disk this machine has free, and how to write an amount of bytes."""

from __future__ import annotations

from pathlib import Path


def available_memory() -> int:
    """Bytes that a new allocation can get: what the system reports, or less where a container (cgroup v2) sets a limit."""
    import psutil

    free = int(psutil.virtual_memory().available)
    try:
        limit = (Path("/sys/fs/cgroup") / "memory.max").read_text(encoding="ascii").strip()
        used = int((Path("/sys/fs/cgroup") / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return free if limit == "max" else max(0, min(free, int(limit) - used))


def show_size(n_bytes: int) -> str:
    """``812 bytes``, ``6.9 MB`` or ``16.1 GB`` (decimal units, as file managers and the hub show them)."""
    if n_bytes < 1000:
        return f"{n_bytes} bytes"
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    raise ValueError(n_bytes)
