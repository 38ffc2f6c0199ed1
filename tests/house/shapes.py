"""Public functions whose arrays have no shape, in the rooms where arrays are the subject.

A shape is jaxtyping's: ``Float64[np.ndarray, "n d"]``. Read from the annotations; that they are true is checked by running the tests.
Compiled loops are left out: numba has types of its own for them, and the functions that call them say the shapes.
"""

from __future__ import annotations

import ast

from tests.house.source import dotted, functions, modules, relative, room

ROOMS = frozenset({"geometry", "layout", "hyperbolicity", "hyplora"})
BARE = frozenset({"ndarray", "Tensor", "NDArray"})


def without_shapes() -> dict[str, set[str]]:
    """By file: the public functions of `ROOMS` that take or return an array of unsaid shape."""
    found: dict[str, set[str]] = {}
    for path in modules():
        if room(dotted(path)) in ROOMS:
            said = {name: node for name, node in functions(path) if _is_public(name) and not _is_compiled(node)}
            bare = {name for name, node in said.items() if any(map(_is_bare, _annotations(node)))}
            if bare:
                found[relative(path)] = bare
    return found


def _is_compiled(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return any(isinstance(each, ast.Name) and each.id == "compiled" for each in names)


def _is_public(name: str) -> bool:
    return not any(part.startswith(("_", "<")) for part in name.split("."))


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    every = node.args
    arguments = [*every.posonlyargs, *every.args, *every.kwonlyargs, *filter(None, [every.vararg, every.kwarg])]
    return [each for each in [*(argument.annotation for argument in arguments), node.returns] if each is not None]


def _is_bare(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and _has_shape(node.slice):
        return False
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _is_bare(ast.parse(node.value, mode="eval").body)
    if isinstance(node, (ast.Name, ast.Attribute)):
        return (node.id if isinstance(node, ast.Name) else node.attr) in BARE
    return any(_is_bare(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _has_shape(arguments: ast.Tuple) -> bool:
    return len(arguments.elts) == 2 and isinstance(arguments.elts[1], (ast.Constant, ast.JoinedStr))
