"""Numbers and formulas in what people read are written one way: the sources of sentences and charts, read as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, dotted, modules, relative, room, tree

SAID = tuple(path for path in modules() if room(dotted(path)) in ("words", "plots"))


def literals(path: Path) -> Iterator[ast.Constant]:
    """The strings of a file that are not docstrings, pieces of f-strings among them."""
    bare = {id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node


def test_both_rooms_are_read():
    assert {room(dotted(path)) for path in SAID} == {"words", "plots"} and ROOT / "hypviz" / "words" / "numbers.py" in SAID


@pytest.mark.parametrize("path", SAID, ids=relative)
def test_no_power_is_written_with_a_caret(path):
    assert [node.lineno for node in literals(path) if "^" in node.value] == []
