"""Text from models and files, made safe for Streamlit's Markdown."""

from __future__ import annotations

import re

from hypviz.words.durations import duration

__all__ = ["duration", "escape_markdown", "short_count"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&^=])")


def escape_markdown(text: str) -> str:
    """`text` so that Streamlit shows exactly its characters: no emphasis, links, maths, emoji codes, colours or HTML."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "  \n")


def short_count(n: int) -> str:
    """A count for people: ``417``, ``3.4 M``, ``8.0 B`` (billions)."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return str(n)
