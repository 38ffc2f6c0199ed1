"""README's example runs as printed, in a fresh process and an empty folder, and what it loads is what it saved."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hypviz.bundled import bundled_folder

ROOT = Path(__file__).resolve().parents[2]
CHECK = """
with torch.no_grad():
    assert torch.equal(again(**batch).logits, model(**batch).logits)
    with again.disable_adapter():
        assert not torch.equal(again(**batch).logits, model(**batch).logits)
"""


def example() -> str:
    """The indented blocks of the section, one after the other."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## In your own script\n")[1].split("\n## ")[0]
    blocks = re.findall(r"\n((?:    .*\n|\n)+)", section)
    return "\n".join(textwrap.dedent(block) for block in blocks if block.strip())


@pytest.mark.slow
@pytest.mark.skipif(not (bundled_folder() / "model.safetensors").is_file(), reason="the bundled model has not been made here")
def test_the_example_runs_as_printed(tmp_path):
    lines = example().splitlines()
    assert lines[0] == "import torch" and len(lines) < 50
    (tmp_path / "example.py").write_text(example() + CHECK, encoding="utf-8")
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, env=place, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    before, after = (float(number) for number in re.search(r"loss (\S+), then (\S+)", done.stdout).groups())
    assert 0 < after < before
    assert "Quantiles(minimum=" in done.stdout
    assert (tmp_path / "my-adapter" / "adapter_config.json").is_file()
