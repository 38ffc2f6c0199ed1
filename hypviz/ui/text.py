"""Text from models and files, made safe for Streamlit's Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&^=])")


def escape_markdown(text: str) -> str:
    """`text` so that Streamlit shows exactly its characters: no emphasis, links, maths, emoji codes, colours or HTML."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "  \n")


def duration(seconds: float) -> str:
    """Seconds for people: ``8 s``, ``2 min 5 s``, ``1 h 4 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def short_count(n: int) -> str:
    """A count for people: ``417``, ``3.4 M``, ``8.0 B`` (billions)."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return str(n)
