"""Tables to take home: a table as CSV that a spreadsheet opens without taking any text for a formula, and the button that saves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from streamlit.delta_generator import DeltaGenerator

from hypviz.words.cells import plain

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = "iufcbmM"  # kinds of columns that hold numbers, truth values or times
SAID = "A ' stands before what a spreadsheet would take for a formula."


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The table in UTF-8 with a line of column names, every text `plain`, numbers as they are."""
    safe = table.rename(columns=plain)
    for k, (_, column) in enumerate(table.items()):
        if str(column.dtype.kind) not in NUMBERS:
            safe.isetitem(k, column.map(plain))
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def csv_button(where: DeltaGenerator, label: str, table: Callable[[], pd.DataFrame], *, file: str, key: str, words: str = "") -> None:
    """A button in `where` that saves the table, made when it is pressed, as `file`; `words` say what is in it, where nothing else does."""
    where.download_button(
        label,
        data=lambda: csv_bytes(table()),
        file_name=file,
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        help=f"{words} {SAID}" if words else None,
    )
