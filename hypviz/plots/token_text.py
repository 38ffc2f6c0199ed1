"""Token texts inside figures: spaces made visible, and nothing that Plotly would read as markup."""

from __future__ import annotations

import html

_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍"}


def visible(text: str) -> str:
    """The text with every space and control character made visible: a leading space becomes ``␣``."""
    return "".join(_VISIBLE.get(ch, ch if ch.isprintable() else f"\\u{ord(ch):04x}") for ch in text)


def shown(text: str) -> str:
    """The visible text as hover labels and annotations can hold it: ``<b>`` stays three characters."""
    return html.escape(visible(text), quote=False)
