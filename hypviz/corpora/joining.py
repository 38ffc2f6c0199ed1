"""A question with what it refers to: the cells of a row that stand before and after it, in one text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BEFORE, AFTER = ("body", "context", "passage"), ("input",)  # what a question may need beside itself


def whole_question(cells: Mapping[str, Any], name: str) -> str | None:
    """The cell `name` with its context, empty cells left out; `cells` by lower-case names. None where a part is not text."""
    parts = [*(cells.get(other) for other in BEFORE), cells[name], *(cells.get(other) for other in AFTER)]
    if any(part not in (None, "") and not isinstance(part, str) for part in parts):
        return None
    texts = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    return (" " if any(isinstance(cells.get(other), str) for other in BEFORE) else "\n").join(texts)
