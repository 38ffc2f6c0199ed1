"""Names of stored tensors without what a training script wrapped around the model before it was saved.

torch.compile puts ``_orig_mod`` into the path of every parameter, DistributedDataParallel ``module``, FSDP and activation checkpointing
names of their own, at the front or further in. None of them is part of an architecture.
"""

from __future__ import annotations

from collections.abc import Iterable

from hypviz.errors import ModelError

WRAPPERS = frozenset({"_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})


def plain_name(name: str) -> str:
    """The dotted name without the parts that wrappers add; a name of wrappers alone stays as it is."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS) or name


def by_plain_name(names: Iterable[str], where: str) -> dict[str, str]:
    """From plain to stored name; raises `ModelError` where two stored names mean one parameter."""
    found: dict[str, str] = {}
    for name in names:
        other = found.setdefault(plain_name(name), name)
        if other != name:
            raise ModelError(
                f"{where} holds both {other} and {name}, which are one parameter ({plain_name(name)}) saved twice; keep one of them."
            )
    return found
