"""A machine of two cores and 4 GB, pretended to the app and to all that it starts, and what they really take of it, page by page.

The memory of a process is its proportional set size (PSS, Linux's smaps_rollup): all that is resident, with a page that several processes
share counted once among them. File pages count too, though the system could take them back, so that this is never too little. It is
looked at ten times a second, and is what the pretended machine calls used.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Generator
from pathlib import Path

import psutil

MEMORY = 4_000_000_000
ON_THE_PATH = Path(__file__).parent / "on_the_path"
_MEMORY, _USED = "HYPVIZ_TEST_MEMORY", "HYPVIZ_TEST_USED"  # read by `on_the_path/sitecustomize.py`


class SmallMachine:
    """What a process and its children take, at the most so far and since each page was entered."""

    def __init__(self, folder: Path) -> None:
        self.peaks: dict[str, int] = {}
        self._used, self._page, self._over = folder / "used", "starting", threading.Event()
        self._write(0)

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which every Python believes in this machine."""
        path = [str(ON_THE_PATH), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {_MEMORY: str(MEMORY), _USED: str(self._used), "PYTHONPATH": os.pathsep.join(path)}

    @property
    def peak(self) -> int:
        return max(self.peaks.values())

    def enter(self, page: str) -> None:
        """From now on this page is the one that takes memory."""
        self._page = page

    @contextlib.contextmanager
    def watching(self, pid: int) -> Generator[None]:
        """Look at the process and its children until the block ends; an error of the block is given the peaks."""
        watcher = threading.Thread(target=self._watch, args=(psutil.Process(pid),), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()
            print("\nPeaks of memory (PSS of the server and all that it started):")
            for page, peak in self.peaks.items():
                print(f"  {page:<16}{peak / 1e9:5.2f} GB")

    def _watch(self, process: psutil.Process) -> None:
        while not self._over.wait(0.1):
            used = memory_of(process)
            self._write(used)
            self.peaks[self._page] = max(used, self.peaks.get(self._page, 0))

    def _write(self, used: int) -> None:
        partial = self._used.with_suffix(".partial")
        partial.write_text(str(used), encoding="ascii")
        partial.replace(self._used)


def memory_of(process: psutil.Process) -> int:
    """Bytes that a process and all its children have resident."""
    try:
        pids = [process.pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0
    return sum(_proportional(pid) for pid in pids)


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
