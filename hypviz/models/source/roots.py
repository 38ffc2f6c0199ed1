"""The folders below which the operator keeps models: the variable ``HYPVIZ_MODELS``, and no way out of them by a link.

In: the variable, folders separated as in PATH. A path that is written below one of them and lies elsewhere is refused, and so is a model
whose files do. Paths that are not written below one of them are not judged here.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypviz.errors import ModelError

VARIABLE = "HYPVIZ_MODELS"


def model_roots() -> tuple[Path, ...]:
    """The folders as they were written, made absolute; they need not exist."""
    said = os.environ.get(VARIABLE, "").split(os.pathsep)
    return tuple(dict.fromkeys(_absolute(Path(text.strip())) for text in said if text.strip()))


def way_out(path: Path) -> Path | None:
    """Where a path below a root really lies, if below none; None where it stays within or was never below one. Lets `OSError` through."""
    roots = model_roots()
    if not any(_absolute(path).is_relative_to(root) for root in roots):
        return None
    real = path.resolve()
    return None if any(real.is_relative_to(root.resolve()) for root in roots) else real


def refuse_ways_out(path: Path) -> None:
    """Raise `ModelError` for a folder or file below a root that is a link out of it, or whose files are."""
    if not model_roots():
        return
    try:
        links = [each for each in path.iterdir() if each.is_symlink()] if path.is_dir() else []
    except OSError:  # of which whoever opens it says more
        links = []
    for each in (path, *links):
        real = way_out(each)
        if real is not None:
            within = ", ".join(str(root) for root in model_roots())
            raise ModelError(
                f"{each} leads to {real}, out of the folders that {VARIABLE} names ({within}); copy the model into one of them, or let the "
                "operator name its folder too."
            )


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))
