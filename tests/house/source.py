"""What the rules ask of the source: its modules, rooms, imports, functions and first docstring lines, read with ast and never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported module; `at_import` says whether loading the file loads it, `runtime` is False under TYPE_CHECKING."""

    name: str
    at_import: bool
    runtime: bool


@cache
def modules() -> tuple[Path, ...]:
    """Every file of hypviz and pages, and app.py."""
    return (*sorted((ROOT / "hypviz").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    """The path from the root of the repository, as the lists write it."""
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """The module's name: ``hypviz.layout`` for the package's ``__init__``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room(name: str) -> str:
    """The room of a dotted name: the folder under hypviz, in ui the folder under that; "hypviz" for the package itself."""
    parts = name.split(".")
    if parts[0] != "hypviz" or len(parts) == 1:
        return parts[0]
    return f"ui/{parts[2]}" if parts[1] == "ui" and len(parts) > 2 else parts[1]


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """Everything that a file imports; ``from hypviz.a import b`` is ``hypviz.a.b`` where that is a module."""
    names = {dotted(each) for each in modules()}
    return tuple(_imports(tree(path), at_import=True, runtime=True, names=names))


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """(qualified name, node) of every function, methods and inner ones too (``outer.<locals>.inner``)."""
    yield from _functions(tree(path), "")


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            yield prefix + child.name, child
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, f"{prefix}{child.name}.<locals>." if isinstance(child, FUNCTIONS) else prefix)


def _imports(node: ast.AST, *, at_import: bool, runtime: bool, names: set[str]) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for name in _names(child, names):
            yield Import(name=name, at_import=at_import and runtime, runtime=runtime)
        yield from _imports(child, at_import=at_import and not inside, runtime=runtime and not typing_only, names=names)


def _names(node: ast.AST, names: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"relative import in {ast.unparse(node)}"
        module = node.module or ""
        yield from dict.fromkeys(f"{module}.{alias.name}" if f"{module}.{alias.name}" in names else module for alias in node.names)
