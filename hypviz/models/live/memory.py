"""How much memory this machine has and has free, the refusal to exceed it, and how to write an amount of bytes.

What is held only to save time gives way: whoever holds it says with `give_way` how it is let go, and `make_room` asks for that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from hypviz.errors import ModelError

KEPT_WHOLE = 400_000_000  # bytes in float32 up to which a table of rows is read at once and kept
GROUP = Path("/sys/fs/cgroup")  # where the control groups are
OWN = Path("/proc/self/cgroup")  # which of them are this process's
_GIVING_WAY: list[Callable[[], None]] = []


def available_memory() -> int:
    """Bytes that a new allocation can get: what the system reports, or less where a control group of this process sets a limit."""
    import psutil

    return max(0, min([int(psutil.virtual_memory().available), *(limit - used for limit, used in _limits())]))


def total_memory() -> int:
    """Bytes of this machine's memory, or the lowest limit among the control groups of this process where that is less."""
    import psutil

    return min([int(psutil.virtual_memory().total), *(limit for limit, _ in _limits())])


def out_of_memory_kills() -> int | None:
    """How many processes of this process's control group the kernel has killed for memory so far; None where that is not told."""
    for folder in _groups():
        for name in ("memory.events", "memory.oom_control"):  # cgroup v2, and v1
            try:
                return int(_table(folder / name)["oom_kill"])
            except (OSError, ValueError, KeyError):
                continue
    return None


def _groups() -> list[Path]:
    """The control groups that count this process's memory, the innermost first, up to the outermost that can be seen.

    Inside a container the outermost is its own; a batch job or a service of systemd is limited farther in.
    """
    try:
        lines = OWN.read_text(encoding="utf-8").splitlines()
    except OSError:  # not a Linux
        return [GROUP]
    found: list[Path] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = GROUP / "memory" if controllers else GROUP
        parts = [part for part in path.split("/") if part]
        if ".." in parts:  # outside of what this process is shown
            parts = []
        found += [root.joinpath(*parts[:n]) for n in range(len(parts), -1, -1)]
    return found or [GROUP]


def _limits() -> Iterator[tuple[int, int]]:
    """(limit, use) in bytes, of every control group of this process that has a limit."""
    for folder in _groups():
        for limit, used, unused_file in (
            ("memory.max", "memory.current", "inactive_file"),  # cgroup v2
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),  # cgroup v1
        ):
            try:
                most = int((folder / limit).read_text(encoding="ascii"))  # "max" where there is no limit
                taken = int((folder / used).read_text(encoding="ascii"))
                # file pages that were not used lately are given back before anything fails
                yield most, taken - int(_table(folder / "memory.stat")[unused_file])
            except (OSError, ValueError, KeyError):
                continue


def _table(file: Path) -> dict[str, str]:
    """A file of lines of a name and a number."""
    return dict(line.split() for line in file.read_text(encoding="ascii").splitlines())


def give_way(let_go: Callable[[], None]) -> None:
    """From now on `let_go` is called where memory is short; it forgets what can be read again, and whoever uses that keeps it."""
    _GIVING_WAY.append(let_go)


def make_room(needed: int) -> int:
    """The bytes that are free, after all that gives way has been let go where fewer than `needed` are."""
    free = available_memory()
    if needed <= free or not _GIVING_WAY:
        return free
    let_all_go()
    return available_memory()


def let_all_go() -> None:
    """Ask all that gives way to do so, on GPUs too, whose memory then is other processes' as well."""
    for let_go in _GIVING_WAY:
        let_go()
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_initialized():
        cuda.empty_cache()


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
