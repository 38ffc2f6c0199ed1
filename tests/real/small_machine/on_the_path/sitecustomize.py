"""What Python reads when it starts, where this folder is on its path: from then on the machine has two cores and so much memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil

_whole, _used = int(os.environ["HYPVIZ_TEST_MEMORY"]), Path(os.environ["HYPVIZ_TEST_USED"])
_machine = psutil.virtual_memory


def _small() -> Any:
    return _machine()._replace(total=_whole, available=max(0, _whole - int(_used.read_text(encoding="ascii"))))


psutil.virtual_memory = _small
_cores = sorted(os.sched_getaffinity(0))[:2]
os.sched_setaffinity(0, _cores)
os.cpu_count = lambda: len(_cores)
