"""ruff has nothing to say: neither the linter nor the formatter."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.source import ROOT


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_finds_nothing(command: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
