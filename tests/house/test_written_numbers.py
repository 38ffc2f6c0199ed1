"""Numbers and formulas in what people read are written one way: the sources of sentences and charts, read as syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, dotted, modules, relative, room, tree

HOME = ROOT / "hypviz" / "words" / "numbers.py"
FILLED_IN = re.compile(r"%\{[^{}]*\}|^\.\d?~?%$")  # by a chart's library, with its own minus: %{y:.1%}, and an axis's .0%
AGAINST = re.compile(r"\d%(?!\{)")
SAID = tuple(path for path in modules() if room(dotted(path)) in ("words", "plots"))


def literals(path: Path) -> Iterator[ast.Constant]:
    """The strings of a file that are not docstrings, pieces of f-strings among them."""
    bare = {id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node


def test_both_rooms_are_read():
    assert {room(dotted(path)) for path in SAID} == {"words", "plots"} and HOME in SAID


@pytest.mark.parametrize("path", SAID, ids=relative)
def test_no_power_is_written_with_a_caret(path):
    assert [node.lineno for node in literals(path) if "^" in node.value] == []


def formatted_apart(path: Path) -> list[int]:
    """The lines whose format specification makes a percent sign or a sign of its own."""
    found: list[int] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)[2:-1]
            found += [node.lineno] if spec.endswith("%") or "+" in spec else []
    return found


def written_apart(path: Path) -> list[int]:
    """The lines that format a share or a sign by themselves, or put a percent sign against its number."""
    found = formatted_apart(path)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
            found += [node.lineno] if AGAINST.search(FILLED_IN.sub("", text)) else []
    found += [node.lineno for node in literals(path) if AGAINST.search(FILLED_IN.sub("", node.value))]
    return found


@pytest.mark.parametrize("path", [path for path in SAID if path != HOME], ids=relative)
def test_shares_and_signs_are_written_by_the_words_on_numbers(path):
    assert written_apart(path) == []


def test_no_other_room_formats_a_share_or_a_sign_by_itself():
    cards = ("bundled", "corpora")  # the tables beside the model and the words that ship with hypviz
    others = [path for path in modules() if path not in SAID and room(dotted(path)) not in cards]
    assert {relative(path): lines for path in others if (lines := formatted_apart(path))} == {}


@pytest.mark.parametrize(
    "line", ['f"{share:.1%} of it"', 'f"{change:+.2f}"', 'f"{100 * share:.0f}% of it"', '"a 95% interval"', 'f"{a}: 95% interval"']
)
def test_a_number_written_apart_is_seen(line, tmp_path):
    path = tmp_path / "said.py"
    path.write_text(f"SAID = {line}\n", encoding="utf-8")
    assert written_apart(path)


@pytest.mark.parametrize("line", ['"%{y:.1%} of the tokens"', 'f"{name}: %{{y:.2%}}<extra>"', '".0%"', '".2~%"', 'f"{share} of 98 %"'])
def test_what_a_chart_fills_in_is_let_be(line, tmp_path):
    path = tmp_path / "drawn.py"
    path.write_text(f"DRAWN = {line}\n", encoding="utf-8")
    assert not written_apart(path)
