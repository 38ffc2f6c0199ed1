"""Where the store lives: ``HYPVIZ_CACHE`` if set, else ``cache`` beside the application; and what ships with the bundled model."""

from __future__ import annotations

import os
from pathlib import Path


def cache_root() -> Path:
    """The root folder of the store (created on demand)."""
    chosen = os.environ.get("HYPVIZ_CACHE")
    root = Path(chosen).expanduser() if chosen else Path(__file__).resolve().parents[2] / "cache"
    root.mkdir(parents=True, exist_ok=True)
    return root


def shipped_root() -> Path:
    """The read-only store of results that ship with the bundled model; need not exist."""
    return Path(__file__).resolve().parents[1] / "bundled" / "store"
