"""Loops that share their work between two threads find what they find in one: their tests again, in a process that has two."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOOPS = ("tests/hyperbolicity", "tests/layout/methods")


@pytest.mark.slow
@pytest.mark.parametrize("which", LOOPS)
def test_two_threads_find_what_one_finds(which):
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    command = [sys.executable, "-m", "pytest", which, "-n", "0", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-3000:]
