"""What can be asked of language models on a page: case studies, texts of one's own with the number expected, and the columns to ask."""

from __future__ import annotations

from fractions import Fraction

from hypviz.errors import HypvizError
from hypviz.generate import BASE, asked_columns, column_notice, column_weights, given_columns, parse_column, virtual_tokens
from hypviz.problems import CASE_STUDIES, PROBLEM_SET_NAMES, read_cell

__all__ = [
    "BASE",
    "CASE_STUDIES",
    "PROBLEM_SET_NAMES",
    "asked_columns",
    "column_notice",
    "column_weights",
    "expected_number",
    "given_columns",
    "parse_column",
    "virtual_tokens",
]


def expected_number(text: str) -> Fraction | None:
    """The number that would be right, None for an empty text; `HypvizError` for one that is no number."""
    if not text.strip():
        return None
    reading = read_cell(text)
    if reading.value is None:
        raise HypvizError(
            f"The expected number {text.strip()!r} is not a number that can be read ({reading.reason}); "
            "write it like 42, 3.5 or 1/3, or leave it empty."
        )
    return reading.value
