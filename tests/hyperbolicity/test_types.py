"""The shapes in the annotations of delta are true: measures with every call checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_measures_keep_to_their_annotations() -> None:
    """In a process of its own, so that no registry meets the classes of another import."""
    command = [sys.executable, "-m", "tests.hyperbolicity.with_checked_types"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[2])
    assert done.returncode == 0, done.stderr[-3000:]
