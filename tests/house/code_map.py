"""The map of the code, ``docs/MAP.md``: one line a file, from the modules' first docstring lines: ``python -m tests.house.code_map``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.house.source import ROOT, modules, relative, tree

MAP = ROOT / "docs" / "MAP.md"
HEAD = """# The map of the code

One line a file: the first of its docstring, or of a script's comment. `python -m tests.house.code_map` writes it; a test keeps it true.
"""


def code_map() -> str:
    """The whole text of the map."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    files = sorted([*modules(), *_scripts()], key=lambda path: (path.parent.relative_to(ROOT).parts, path.name != "__init__.py", path.name))
    for folder, inside in groupby(files, key=lambda path: path.parent):
        yield f"## {'the root' if folder == ROOT else relative(folder)}\n"
        for path in inside:
            said = _first_line(path)
            yield f"{said}\n" if path.name == "__init__.py" else f"- `{path.name}` {said}"
        yield ""


def _scripts() -> list[Path]:
    return sorted((ROOT / "hypviz").rglob("*.js"))


def _first_line(path: Path) -> str:
    if path.suffix == ".py":
        return (ast.get_docstring(tree(path)) or "").partition("\n")[0]
    return path.read_text(encoding="utf-8").partition("\n")[0].strip("/* ")


if __name__ == "__main__":
    MAP.write_text(code_map(), encoding="utf-8")
