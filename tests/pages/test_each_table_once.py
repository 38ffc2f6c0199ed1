"""A first visit to the pages of one model builds its architecture once and reads its table once, in whatever order they come."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM

from hypviz.models.checkpoint import values
from tests.pages.running import at_rest, open_page, run_until


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often an architecture was built, and the numbers of a table were read."""
    seen = {"built": 0, "read": 0}
    build, read = AutoModelForCausalLM.from_config, values.read_float32

    def built(*args, **options):
        seen["built"] += 1
        return build(*args, **options)

    def was_read(tensor):
        seen["read"] += 1
        return read(tensor)

    monkeypatch.setattr(AutoModelForCausalLM, "from_config", built)
    monkeypatch.setattr(values, "read_float32", was_read)
    return seen


def test_the_pages_share_one_description_and_one_table(tiny_llama: Path, tmp_path: Path, counted: dict[str, int]) -> None:
    model = str(shutil.copytree(tiny_llama, tmp_path / "fresh"))
    disk = open_page("pages/disk.py", model)
    run_until(disk, lambda: at_rest(disk) and disk.get("bidi_component"))
    frequency = open_page("pages/frequency.py", model)
    run_until(frequency, lambda: at_rest(frequency) and frequency.get("plotly_chart"))
    assert not disk.error and not frequency.error
    assert counted == {"built": 1, "read": 1}
