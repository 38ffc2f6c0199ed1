"""Names of layers as people read them: ``model.layers.3.mlp.down_proj`` is block 3, down_proj."""

from __future__ import annotations

import re
from collections.abc import Sequence


def place(layer: str) -> tuple[int, str]:
    """(block number, name within the block) of a layer name: ``model.layers.3.mlp.down_proj`` is (3, "mlp.down_proj")."""
    match = re.search(r"\.(\d+)\.(.+)$", layer)
    return (int(match[1]), match[2]) if match else (0, layer)


def short_modules(layers: Sequence[str]) -> dict[str, str]:
    """Name within the block to its last component, where that says enough: GPT-2 has a c_proj twice in a block."""
    modules = dict.fromkeys(place(layer)[1] for layer in layers)
    last = [module.rpartition(".")[2] for module in modules]
    return {module: short if last.count(short) == 1 else module for module, short in zip(modules, last, strict=True)}


def listed(names: Sequence[str]) -> str:
    """``q, k and v``; nothing for no names."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
