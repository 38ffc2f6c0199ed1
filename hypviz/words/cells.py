"""Texts in tables for spreadsheets: which would be taken for a formula, and how they are written so that they are not."""

from __future__ import annotations

FORMULA_SIGNS = ("'", "=", "+", "-", "@", "\t", "\r", "\n")


def plain(cell: object) -> object:
    """A text as a spreadsheet takes it for text: one more ``'`` before what begins with one of `FORMULA_SIGNS`; all else as it is.

    Taking one ``'`` off every text that begins with it gives the texts back.
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
