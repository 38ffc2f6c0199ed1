"""Text from models and files, made safe for Streamlit's Markdown."""

from __future__ import annotations

import re

from hypviz.words.durations import duration

__all__ = ["duration", "escape_markdown", "short_count", "short_source"]

_COMMIT = re.compile(r"@([0-9a-f]{12})[0-9a-f]{28}(?=$|#)")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&^=])")


def escape_markdown(text: str) -> str:
    """`text` so that Streamlit shows exactly its characters: no emphasis, links, maths, emoji codes, colours or HTML."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "  \n")


def short_source(source: str) -> str:
    """MODEL for a line of text: of a commit its first twelve digits."""
    return _COMMIT.sub(r"@\1…", source)


def short_count(n: int) -> str:
    """A count for people: ``417``, ``3.4 M``, ``8.0 B`` (billions)."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return str(n)
