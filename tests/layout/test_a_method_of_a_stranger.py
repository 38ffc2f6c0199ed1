"""A layout method is one file: put beside the others, it is on the Disk page, in the shell and in the docs, and gone with its file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from click.testing import CliRunner

from hypviz.cli import main
from hypviz.errors import HypvizError
from hypviz.layout import LAYOUTS, methods
from tests.house.layouts_table import TABLE, text
from tests.pages.running import open_page, run_until

TOY = '''"""Tokens on a ring, in the order of their ranks."""

import numpy as np

from hypviz.layout.registry import LayoutMethod, Stage
from hypviz.records.layout import LayoutShape


def ring(rows, *, seed, work):
    n = len(rows.units)
    work.part(1.0, "walking around").report(1, 1)
    return LayoutShape(share=np.linspace(0.0, 1.0, n), theta=np.linspace(-3.0, 3.0, n), n_groups=None, n_shortened=0)


ENTRY = LayoutMethod(
    name="ring-of-a-stranger",
    label="Ring of a stranger",
    help="tokens around a ring",
    libraries=("numpy",),
    shape=ring,
    stages=(Stage(share=1.0, text="walking around"),),
    seconds=lambda n: 0.0,
    radius_from="layout",
    uses_frequency=True,
    radius_sentence=lambda layout: f"Radius by a stranger, up to {layout.radius:g}.",
    angle_sentence=lambda layout: "Angle by a stranger.",
)
'''
NAME = "ring-of-a-stranger"


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a method whose file lies in another folder of the package."""
    (tmp_path / "toy_ring.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(tmp_path)])
    LAYOUTS.scan()
    yield NAME
    sys.modules.pop("hypviz.layout.methods.toy_ring", None)
    monkeypatch.undo()
    LAYOUTS.scan()
    assert NAME not in LAYOUTS


def test_the_table_in_docs_is_true() -> None:
    assert TABLE.read_text(encoding="utf-8") == text(), "python -m tests.house.layouts_table writes it anew"


def test_it_is_in_the_docs(stranger: str) -> None:
    assert f"| `{stranger}` | Ring of a stranger | tokens around a ring | numpy |" in text()


def test_it_is_in_the_shell(stranger: str, tiny_llama: Path) -> None:
    asked = CliRunner().invoke(main, ["disk", "--help"])
    assert stranger in asked.stdout and "tokens around a ring" in " ".join(asked.stdout.split())
    done = CliRunner().invoke(main, ["disk", str(tiny_llama), "--method", stranger, "--tokens", "40", "--json"])
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["method"] == stranger
    said = CliRunner().invoke(main, ["disk", str(tiny_llama), "--method", stranger, "--tokens", "40"])
    assert "Radius by a stranger, up to 4." in said.stdout and "Angle by a stranger." in said.stdout


def test_it_is_on_the_page(stranger: str, tiny_llama: Path) -> None:
    st.cache_resource.clear()
    app = open_page("pages/disk.py", str(tiny_llama), method=stranger)
    run_until(app, lambda: app.get("bidi_component"))
    menu = app.selectbox(key="method")
    assert stranger in menu.options and menu.value == stranger and "tokens around a ring" in menu.help
    assert any("Angle by a stranger" in caption.value for caption in app.caption) and not app.exception


def test_without_its_file_it_is_refused_by_name() -> None:
    with pytest.raises(HypvizError, match=NAME):
        LAYOUTS.require(NAME)
