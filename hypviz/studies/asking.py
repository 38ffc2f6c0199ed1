"""What can be asked of language models on a page: case studies of every kind, bundled sets, and the columns to ask."""

from __future__ import annotations

from hypviz.generate import BASE, asked_columns, column_notice, column_weights, given_columns, parse_column, virtual_tokens
from hypviz.problems import CASE_STUDIES, CHOICE_STUDIES, PROBLEM_SET_NAMES

__all__ = [
    "BASE",
    "CASE_STUDIES",
    "CHOICE_STUDIES",
    "PROBLEM_SET_NAMES",
    "asked_columns",
    "column_notice",
    "column_weights",
    "given_columns",
    "parse_column",
    "virtual_tokens",
]
