"""Reading which points of a Plotly chart were selected."""

from __future__ import annotations

from typing import Any


def selected_values(event: Any, column: int = 0) -> list[Any]:
    """The `column` of customdata of each selected point; empty without a selection.

    Plotly sends a row of customdata back as a list, or as an object with the keys "0", "1", ... when it came as a typed array.
    """
    points = getattr(getattr(event, "selection", None), "points", None) or []
    rows = [point.get("customdata") for point in points]
    rows = [list(row.values()) if isinstance(row, dict) else row for row in rows if row is not None]
    return [row[column] if isinstance(row, (list, tuple)) else row for row in rows]
