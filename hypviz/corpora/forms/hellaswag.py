"""HellaSwag as published (ctx, endings, label from 0), asked as the paper's release asks it: behind the activity."""

from __future__ import annotations

import json
from typing import Any

from hypviz.corpora.forms.entry import Cells, Form, Reading, as_list, filled
from hypviz.corpora.forms.offering import MOST, Asked, counted, offered, text_of

ASKED = Asked(intro="Please choose the correct ending to complete the given sentence: ", stem="ending")


def read(cells: Cells, source: str) -> Reading:
    """The context with its endings."""
    endings = _endings(cells["endings"])
    if endings is None:
        return Reading(reason=f"the endings are no list of 2 to {MOST} texts")
    right, reason = counted(cells.get("label"), 0, len(endings))
    if right is None:
        return Reading(reason=reason)
    activity = f"{cells['activity_label'].strip()}: " if filled(cells, "activity_label") else ""
    question = f"{activity}{cells['ctx'].strip()}"
    return Reading(problem=offered(ASKED, question, endings, right, source=source, given=text_of(cells["label"])))


def _endings(raw: Any) -> list[str] | None:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (json.JSONDecodeError, RecursionError):
            return None
    found = as_list(raw)
    if found is None or not 2 <= len(found) <= MOST:
        return None
    texts = [text for text in found if isinstance(text, str) and text.strip()]
    return texts if len(texts) == len(found) else None


ENTRY = Form(
    name="hellaswag",
    label="HellaSwag",
    help="ctx, endings and label (0 to 3)",
    order=33,
    columns=("ctx", "endings", "label"),
    fits=lambda cells: filled(cells, "ctx") and bool(cells.get("endings")),
    read=read,
)
