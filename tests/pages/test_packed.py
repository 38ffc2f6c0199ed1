"""Pages on a model whose weights are packed: Start says so before and after loading, and Disk says to what its rows are quantised."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import load_file

from hypviz.models import resolve
from tests.packed_weights import METHODS, linear, packed_state, write_packed
from tests.pages.running import open_page, run_until, words
from tests.pages.test_start import choose, open_start


@pytest.fixture
def source(tiny_llama: Path, tmp_path: Path) -> str:
    """MODEL as MLX writes it, tables and all."""
    pack, settings, _ = METHODS["mlx"]
    held, _ = packed_state(
        load_file(tiny_llama / "model.safetensors"), pack, lambda name: linear(name) or "embed" in name or "head" in name
    )
    return str(write_packed(tiny_llama, tmp_path / "small", held, settings))


def test_start_says_what_its_weights_and_rows_are(source: str) -> None:
    before = choose(open_start(), "folder", source)
    assert "quantised (mlx): the whole model is used as the plain numbers that they stand for" in words(before)
    assert not before.exception and any(button.key == "start-load" for button in before.button)
    app = open_page("pages/start.py", source)
    run_until(app, lambda: any("is loaded" in each.value for each in app.subheader))
    assert not app.error and not app.exception
    said = words(app)
    assert "quantised to MLX 4-bit (the input table takes 4 bits a number)" in said
    assert "16 of its weights are quantised (MLX 4-bit)" in said


def test_disk_works_on_its_rows(source: str) -> None:
    resolve(source)
    disk = open_page("pages/disk.py", source)
    run_until(disk, lambda: disk.get("bidi_component"))
    assert not disk.error and not disk.exception
    assert any("small (MLX 4-bit rows)@" in each.value.replace("\\", "") for each in disk.caption)


def test_what_is_not_read_is_said_before_it_is_loaded(tiny_llama: Path, tmp_path: Path) -> None:
    held, _ = packed_state(load_file(tiny_llama / "model.safetensors"), METHODS["gptq"][0])
    folder = write_packed(tiny_llama, tmp_path / "odd", held, {"quant_method": "quip", "bits": 4})
    assert "quantised by quip, which hypviz cannot turn back" in words(choose(open_start(), "folder", str(folder)))
    app = open_page("pages/start.py", str(folder))
    run_until(app, lambda: any("is loaded" in each.value for each in app.subheader))
    assert not app.error and not app.exception and "The weights of odd are quantised by quip" in words(app)
