"""The rules that a list of exceptions accompanies, and the command for the lists: ``python -m tests.house.rules [--moved] [--strike]``."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence

from tests.house import owed
from tests.house.rooms import forbidden
from tests.house.shapes import without_shapes
from tests.house.source import functions, modules, relative, tree

LONGEST = 40


def long_functions() -> dict[str, set[str]]:
    """By file: the functions of more than `LONGEST` lines, from ``def`` to the last line."""
    found: dict[str, set[str]] = {}
    for path in modules():
        long = {name for name, node in functions(path) if (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST}
        if long:
            found[relative(path)] = long
    return found


def module_objects() -> dict[str, set[str]]:
    """By file: whether it handles modules as values, whose functions no checker can see."""
    named = (path for path in modules() if any(isinstance(node, ast.Name) and node.id == "ModuleType" for node in ast.walk(tree(path))))
    return {relative(path): {"ModuleType"} for path in named}


RULES: dict[str, Callable[[], dict[str, set[str]]]] = {
    "arrows": forbidden,
    "long_functions": long_functions,
    "module_objects": module_objects,
    "shapes": without_shapes,
}


def main(arguments: Sequence[str]) -> int:
    """Print what is new and what is paid in each list; 1 where there is anything of either.

    ``--moved`` gives the entries of moved files to their new names, ``--strike`` takes away what is mended; neither adds a debt.
    """
    wrong = False
    for name, find in RULES.items():
        verdict = owed.judge(name, find())
        if "--moved" in arguments:
            verdict = owed.follow(name, verdict)
        for title, entries in (("NEW ", verdict.new), ("paid", verdict.paid)):
            for entry, particulars in entries.items():
                print(f"{title} {name}: {entry}: {' '.join(sorted(particulars))}")
        if "--strike" in arguments:
            owed.strike(name, verdict.paid)
        wrong |= bool(verdict.new or (verdict.paid and "--strike" not in arguments))
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
