"""Pages on a GGUF file: Start loads it and says to what its rows are quantised, and so does the line below every picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.models import resolve
from tests.gguf_files import write_gguf
from tests.pages.running import at_rest, open_page, run_until, words

NAME = "tiny 😀 model.gguf"


@pytest.fixture
def source(tiny_llama: Path, tmp_path: Path) -> str:
    """MODEL of a GGUF file with quantised rows."""
    return str(write_gguf(tiny_llama, tmp_path / "a folder" / NAME, table="Q4_1", body="Q8_0"))


def test_the_start_page_loads_it_and_says_what_its_rows_are(source: str) -> None:
    app: AppTest = open_page("pages/start.py", source)
    run_until(app, lambda: any("is loaded" in each.value for each in app.subheader))
    assert not app.error and not app.exception
    assert "quantised to Q4_1 (the input table takes 5 bits a number)" in words(app)
    assert "config.json says" not in words(app) and " in 1 file ·" in words(app)  # a GGUF file has no config.json
    assert app.text_input[0].value == source and resolve(source, download=False).quantised_rows == "Q4_1"


def test_disk_frequency_and_layers_work_on_it(source: str) -> None:
    resolve(source)
    disk = open_page("pages/disk.py", source)
    run_until(disk, lambda: disk.get("bidi_component"))
    assert not disk.error and not disk.exception
    frequency = open_page("pages/frequency.py", source)
    run_until(frequency, lambda: frequency.get("plotly_chart") and at_rest(frequency))
    assert not frequency.error and not frequency.exception
    for app in (disk, frequency):
        assert any(f"{NAME} (Q4_1 rows)@" in each.value.replace("\\", "") for each in app.caption)  # the line of where it comes from
    layers = open_page("pages/layers.py", source)
    assert not layers.error and not layers.exception and "needs all of its weights" not in words(layers)
