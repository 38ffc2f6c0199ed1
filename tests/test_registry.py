"""Registries: a file is an entry; order, names and errors."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hypviz.errors import HypvizError
from hypviz.registry import Entry, Registry

FILE = """from hypviz.registry import Entry

ENTRY = Entry(name={name!r}, label={name!r}, help="One line.", order={order}, libraries=("numpy",))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "toy_entries"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("HELP = 1\n")
    (folder / "b.py").write_text(FILE.format(name="b", order=1))
    (folder / "a.py").write_text(FILE.format(name="a", order=2))
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "toy_entries"]:
        del sys.modules[name]


def test_every_file_with_an_entry_is_found_in_the_order_they_ask_for(package: Path) -> None:
    registry = Registry("toy_entries", Entry, noun="toy")
    assert list(registry) == ["b", "a"] and registry.labels == {"b": "b", "a": "a"}
    (package / "c.py").write_text(FILE.format(name="c", order=0))
    registry.scan()
    assert list(registry) == ["c", "b", "a"]
    assert list(registry["c"].versions) == ["numpy"]


def test_an_unknown_name_is_refused_with_the_known_ones(package: Path) -> None:
    registry = Registry("toy_entries", Entry, noun="toy")
    with pytest.raises(HypvizError, match=r"no toy 'd'; choose one of b, a\."):
        registry.require("d")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FILE.format(name="a", order=3), r"^toy_entries\.a and toy_entries\.again both call their toy 'a'; give"),
        ("ENTRY = 3\n", r"^ENTRY in toy_entries\.again is of type int, not Entry; mend that file"),
        ("ENTRY = None\n", r"^ENTRY in toy_entries\.again is of type NoneType, not Entry; mend that file"),
        ("from hypviz.registry import Entry as ENTRY\n", r"^ENTRY in toy_entries\.again is of type type, not Entry; mend that file"),
        ("import nothing_of_that_name\n", r"^The toy in toy_entries\.again cannot be loaded \(ModuleNotFoundError: .*nothing_of_that_name"),
        ("def (\n", r"^The toy in toy_entries\.again cannot be loaded \(SyntaxError: .*\); mend that file"),
    ],
)
def test_a_file_that_holds_no_entry_is_named(package: Path, text: str, said: str) -> None:
    (package / "again.py").write_text(text)
    registry = Registry("toy_entries", Entry, noun="toy")
    for _ in range(2):
        with pytest.raises(HypvizError, match=said):
            len(registry)
    (package / "again.py").unlink()
    sys.modules.pop("toy_entries.again", None)
    assert list(registry) == ["b", "a"]
