"""Global random number generators in the source: every draw comes from a generator that a seed in a spec made."""

from __future__ import annotations

import ast

from tests.house.source import modules, relative, tree

NUMPY = frozenset({"default_rng", "Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator"})
TORCH = frozenset({"manual_seed", "seed", "rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial"})
STANDARD = frozenset({"Random"})


def global_draws() -> dict[str, set[str]]:
    """By file: calls of generators that the whole process shares, and of torch's draws that name no generator."""
    found: dict[str, set[str]] = {}
    for path in modules():
        calls = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
        drawn = {name for call in calls if (name := _global_draw(call))}
        if drawn:
            found[relative(path)] = drawn
    return found


def _global_draw(call: ast.Call) -> str | None:
    name = ast.unparse(call.func)
    first, _, last = name.rpartition(".")
    if first in ("np.random", "numpy.random"):
        return None if last in NUMPY else name
    if first == "random":
        return None if last in STANDARD else name
    if first in ("torch", "torch.random", "torch.default_generator", "torch.cuda") and last in TORCH:
        return None if any(keyword.arg == "generator" for keyword in call.keywords) else name
    return None
