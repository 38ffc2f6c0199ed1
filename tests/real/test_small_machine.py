"""The pretended machine of the walk through every page: what a Python that is started on it believes, and what is measured of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.real.small_machine import MEMORY, SmallMachine, memory_of

ASKED = (
    "import os, psutil; found = psutil.virtual_memory(); print(found.total, found.available, os.cpu_count(), len(os.sched_getaffinity(0)))"
)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells the proportional size of a process")
def test_a_python_on_it_has_two_cores_and_4_gb_less_what_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = SmallMachine(tmp_path)
    (tmp_path / "used").write_text("1500000000", encoding="ascii")
    environment = {**os.environ, **machine.variables}
    told = subprocess.run([sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True).stdout.split()
    cores = min(2, len(os.sched_getaffinity(0)))
    assert [int(number) for number in told] == [MEMORY, MEMORY - 1_500_000_000, cores, cores]
    own = memory_of(psutil.Process())
    assert 30_000_000 < own <= 1.5 * psutil.Process().memory_info().rss
    with machine.watching(os.getpid()):
        machine.enter("here")
        while "here" not in machine.peaks:
            pass
    assert machine.peak >= 30_000_000 and "here" in capsys.readouterr().out and int((tmp_path / "used").read_text()) > 30_000_000
