"""The map in docs names every file with what its docstring says."""

from __future__ import annotations

from tests.house.code_map import MAP, code_map
from tests.house.source import modules


def test_the_map_is_true() -> None:
    assert MAP.read_text(encoding="utf-8") == code_map(), "python -m tests.house.code_map writes it anew"


def test_every_file_has_its_line() -> None:
    lines = code_map().splitlines()
    named = [line.split("`")[1] for line in lines if line.startswith("- `")]
    assert sum(name.endswith(".py") for name in named) == sum(path.name != "__init__.py" for path in modules())
    assert "- `base.py` The common behaviour of records: a schema number, JSON both ways, and read-only arrays." in lines
