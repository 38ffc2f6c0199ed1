"""The house's rules, kept by reading every module with ast: rooms, circles, clocks, randomness, doors, length and docstrings."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import owed
from tests.house.randomness import global_draws
from tests.house.rooms import EFFECTS, MAY_IMPORT, PURE
from tests.house.rules import RULES
from tests.house.source import ROOT, dotted, imports, modules, relative, room, tree

SEED_OWNERS = {  # who seeds the process's own generator, inside torch.random.fork_rng, because a library draws from nothing else
    "hypviz/bundled/training.py": {"torch.manual_seed"},  # transformers initialises the bundled model
    "hypviz/hyplora/adapters.py": {"torch.default_generator.manual_seed"},  # peft initialises an adapter
}


@pytest.mark.parametrize("name", RULES)
def test_nothing_new_is_against_a_rule_and_its_list_only_shrinks(name: str) -> None:
    verdict = owed.judge(name, RULES[name]())
    assert not verdict.new, f"against the rule of {name}: {verdict.new}"
    assert not verdict.paid, f"mended, so to be struck off (python -m tests.house.rules --strike): {verdict.paid}"


def test_every_room_has_its_line() -> None:
    assert {room(dotted(path)) for path in modules()} <= set(MAY_IMPORT)


def test_pure_rooms_may_not_import_effects() -> None:
    assert not [room for room in PURE if MAY_IMPORT[room] & EFFECTS]


def test_the_rooms_rules_have_no_circle() -> None:
    assert circles(MAY_IMPORT) == []


def test_modules_import_each_other_in_no_circle() -> None:
    names = {dotted(path) for path in modules()}
    loaded = {dotted(path): {each.name for each in imports(path) if each.at_import} & names for path in modules()}
    assert circles(loaded) == []


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": frozenset()}) == [{"b", "c"}]
    assert circles({"a": {"b"}, "b": frozenset()}) == []


def circles(arrows: dict[str, set[str]] | dict[str, frozenset[str]]) -> list[set[str]]:
    """Every set of names that reach each other along the arrows (Warshall's closure)."""
    reached = {name: set(others) - {name} for name, others in arrows.items()}
    for between in reached:
        for name in reached:
            if between in reached[name]:
                reached[name] |= reached[between]
    found = {frozenset(other for other in reached if other in reached[name] and name in reached[other]) for name in reached}
    return [set(each) for each in found if each]


def test_nothing_draws_from_a_generator_that_everybody_shares() -> None:
    assert global_draws() == SEED_OWNERS


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_a_docstring_says_in_one_line_what_a_module_holds(path: Path) -> None:
    said = ast.get_docstring(tree(path))
    assert said, f"{relative(path)} has no docstring"
    first, *more = said.splitlines()
    assert first.endswith((".", ":", "?", ")")), f"{relative(path)}: the first line must be whole"
    assert not more or not more[0], f"{relative(path)}: the first line must stand alone"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda p: p.name)
def test_pages_stay_thin(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = {each.name.split(".")[0] for each in imports(path)}
    assert not names & {"numpy", "torch", "pandas", "plotly"}, f"{path.name} computes"
    assert "open(" not in text and ".read_text" not in text
    assert len(text.splitlines()) <= 70


def test_no_unsafe_doors() -> None:
    banned = (
        "pickle.load",
        "torch.save(",
        "torch.load(",
        "trust_remote_code=True",
        "unsafe_allow_html=True",
        "shell=True",
        "allow_pickle=True",
    )
    for path in modules():
        text = path.read_text(encoding="utf-8")
        assert not [word for word in banned if word in text], path
        assert path.name != "utils.py"


@pytest.mark.parametrize("module", ["hypviz", "hypviz.runs", "hypviz.cli", "hypviz.studies", "hypviz.store", "hypviz.problems"])
def test_light_imports_load_no_heavy_library(module: str) -> None:
    heavy = ("torch", "transformers", "peft", "umap", "geoopt", "plotly", "streamlit", "sklearn", "pandas")
    code = f"import sys, {module}; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_server_binds_to_this_machine_only() -> None:
    assert 'address = "127.0.0.1"' in (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
