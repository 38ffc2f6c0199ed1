"""The shapes in the annotations of the adapter are true: one life of an adapter with every call checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_life_of_an_adapter_keeps_to_its_annotations(tmp_path: Path) -> None:
    """In a process of its own, because PEFT learns a type of adapter once."""
    command = [sys.executable, "-m", "tests.hyplora.with_checked_types", str(tmp_path / "adapter")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[2])
    assert done.returncode == 0, done.stderr[-3000:]
