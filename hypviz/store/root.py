"""Where the store lives: ``HYPVIZ_CACHE`` if set, else ``cache`` beside the application; and what ships with the bundled model."""

from __future__ import annotations

import os
from pathlib import Path

from hypviz.errors import HypvizError


def cache_root() -> Path:
    """The root folder of the store (created on demand); `HypvizError` where that is not possible."""
    chosen = os.environ.get("HYPVIZ_CACHE")
    root = Path(os.path.expanduser(chosen)) if chosen else Path(__file__).resolve().parents[2] / "cache"
    if str(root).startswith("~"):
        raise HypvizError(f"HYPVIZ_CACHE names {root}, and there is no such user on this machine; set HYPVIZ_CACHE to a folder.")
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        named = "HYPVIZ_CACHE names" if chosen else "Results are kept in"
        raise HypvizError(
            f"{named} {root}, which is no folder and cannot be made one ({error.strerror or error}); set HYPVIZ_CACHE to a folder."
        ) from error
    return root


def shipped_root() -> Path:
    """The read-only store of results that ship with the bundled model; need not exist."""
    return Path(__file__).resolve().parents[1] / "bundled" / "store"
