"""A file of problems that a person brings, or a published set.

A file is read as its columns are known, else previewed, with question, answer and options chosen by hand; what was chosen so is kept with
the file, and found again by its link.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import streamlit as st

from hypviz.errors import UnknownColumns
from hypviz.records.texts import ProblemSet
from hypviz.studies.problem_sets import Columns, problems_from_bytes, read_problems, rows_of, set_label
from hypviz.ui.shared.uploads import content_key, parsed
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.text import escape_markdown

ENDINGS = ("jsonl", "json", "csv", "tsv", "txt", "parquet", "gz")
KNOWN = (
    "Known are question and answer, GSM8K, MAWPS, SVAMP, MetaMathQA, Alpaca, messages and ShareGPT, AQuA, BoolQ, PIQA, SIQA, HellaSwag, "
    "WinoGrande, ARC, OpenBookQA and the paper's release; columns of other names are chosen here."
)
ROWS, SIGNS = 5, 200
FIRST_ROW_S, SECONDS_PER_ROW, ALL_ROWS = 5.0, 2e-4, 10_000  # only for the first guess of the time left
LARGE, SECONDS_PER_BYTE = 1_000_000, 1e-6


def take_problems(key: str) -> ProblemSet | None:
    """The problems of the file in the control; None while there is none, or its columns are not chosen. Raises `HypvizError`."""
    label = "A file of problems: .jsonl, .json, .csv, .tsv, .txt or .parquet, or one of these in gzip"
    file = st.file_uploader(label, ENDINGS, key=key, help=KNOWN)
    if file is None:
        return None
    data, place = file.getvalue(), f"{key}-{file.file_id}"
    if st.toggle("Choose the columns by hand", key=f"{place}-by-hand", help="For columns whose names mislead."):
        rows = rows_of(data, file.name)
        return _with_columns(data, file.name, _by_hand(rows.columns, rows.rows, place))
    try:
        return _read(data, file.name, None)
    except UnknownColumns as error:
        st.warning(escape_markdown(f"The columns of {file.name} are not known; choose which hold the question and the answer."))
        return _with_columns(data, file.name, _by_hand(error.columns, error.rows, place))


def _with_columns(data: bytes, name: str, columns: Columns | None) -> ProblemSet | None:
    return None if columns is None else _read(data, name, columns)


def _read(data: bytes, name: str, columns: Columns | None) -> ProblemSet | None:
    """The problems of a file; of one of more than `LARGE` bytes in a job that can be stopped, and None until it has ended."""
    said = ["problems", name, *((columns.question, columns.answer, *columns.options) if columns is not None else ())]
    if len(data) <= LARGE:
        return parsed(data, said, lambda: problems_from_bytes(data, name, columns=columns))
    return run_job(
        f"file-{content_key(data, said)}",
        f"Reading {escape_markdown(name)}",
        lambda work: problems_from_bytes(data, name, columns=columns, work=work),
        estimate_s=len(data) * SECONDS_PER_BYTE,
        auto=True,
        button="Read the file",
    )


def from_the_hub(name: str, n: int | None, split: str) -> ProblemSet | None:
    """A published set's first n rows, all of them for None, read in a job that can be stopped; None until it has ended.

    Raises `HypvizError`.
    """
    rows = n or ALL_ROWS
    return run_job(
        f"published-{name}-{split}-{n}",
        f"Reading {set_label(name)}",
        lambda work: read_problems(name, limit=n, split=split, work=work),
        estimate_s=FIRST_ROW_S + rows * SECONDS_PER_ROW,
        auto=True,
        button="Read the set",
        needs="from the hub, or from what was kept",
    )


def _by_hand(names: Sequence[str], rows: Sequence[object], key: str) -> Columns | None:
    """The first rows, and the columns that the person chooses under them; None while one is missing."""
    st.dataframe(preview(names, rows), hide_index=True)
    places = st.columns(3)
    every, place = list(names), "Column"
    question = places[0].selectbox("Question", every, index=None, placeholder=place, key=f"{key}-question")
    answer = places[1].selectbox("Answer", every, index=None, placeholder=place, key=f"{key}-answer")
    help = "One column with a list of options, or a column for each option."
    options = places[2].multiselect("Options", every, placeholder="None", key=f"{key}-options", help=help)
    return None if question is None or answer is None else Columns(question=question, answer=answer, options=tuple(options))


def preview(names: Sequence[str], rows: Sequence[object]) -> list[dict[str, str]]:
    """The first rows with every cell as text of at most `SIGNS` signs."""
    first = [cast("dict[str, Any]", row) for row in rows[:ROWS] if isinstance(row, dict)]
    return [{name: _shown(row.get(name)) for name in names} for row in first]


def _literal(number: object) -> str:
    """A number of JSON as the file writes it."""
    return str(getattr(number, "text", number))


def _shown(cell: object) -> str:
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, default=_literal)
    return text if len(text) <= SIGNS else f"{text[:SIGNS]} …"
