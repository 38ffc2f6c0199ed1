"""How rows, columns and cells of a person's file are named in sentences."""

from __future__ import annotations

from collections.abc import Sequence

REASONS_SHOWN = 3
COLUMNS_SHOWN = 12


def in_order(reasons: Sequence[tuple[str, str]]) -> list[str]:
    """``line 2 has no answer``, ``line 3, the answer “3 or 4” holds 2 numbers``: (place, reason) in the order of the file."""
    ordered = sorted(reasons, key=lambda pair: int(pair[0].split()[1]))
    return [f"{place}, {reason}" if reason.startswith("the ") else f"{place} {reason}" for place, reason in ordered]


def name_columns(columns: Sequence[str]) -> str:
    """``a, b and 3 more``, each on one line and cut to 40 signs, for sentences."""
    shown = [quoted(name) for name in columns[:COLUMNS_SHOWN]]
    more = f" and {len(columns) - COLUMNS_SHOWN} more" if len(columns) > COLUMNS_SHOWN else ""
    return ", ".join(shown) + more if shown else "none with a name"


def quoted(text: str, most: int = 40) -> str:
    """The text on one line, cut after `most` signs with a ``…``, and without halves of surrogate pairs."""
    line = " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")
    return line if len(line) <= most else f"{line[:most]}…"
