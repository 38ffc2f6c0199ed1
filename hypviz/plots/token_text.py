"""Token texts inside figures: spaces made visible, and nothing that Plotly would read as markup."""

from __future__ import annotations

import html

_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍"}


def shown(text: str) -> str:
    """The text as hover labels and annotations can hold it: ``<b>`` stays three characters, a leading space becomes ``␣``."""
    visible = "".join(_VISIBLE.get(ch, ch if ch.isprintable() else f"\\u{ord(ch):04x}") for ch in text)
    return html.escape(visible, quote=False)
