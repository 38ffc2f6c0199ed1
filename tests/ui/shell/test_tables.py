"""Tables as CSV: no text is a formula, each can be had back, and numbers stay numbers."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd
import pytest

import hypviz
from hypviz.ui.shell.tables import csv_bytes, plain

TEXTS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'s", "''", " =1", "a=1", "", 'say "=1", b', "10"]


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_every_text_can_be_had_back_and_none_is_a_formula(dtype):
    data = csv_bytes(pd.DataFrame({"text": pd.Series(TEXTS, dtype=dtype)}))
    cells = pd.read_csv(io.BytesIO(data), keep_default_na=False, dtype=str)["text"].tolist()
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)
    assert [cell.removeprefix("'") for cell in cells] == TEXTS


def test_numbers_ids_and_gaps_are_as_they_were():
    table = pd.DataFrame(
        {"token_id": [3, 7], "theta": [-1.5, float("nan")], "mixed": [-2, None], "=name": pd.array([None, -4], dtype="Int64")}
    )
    data = csv_bytes(table)
    assert data.splitlines()[0] == b"token_id,theta,mixed,'=name"
    assert pd.read_csv(io.BytesIO(data)).rename(columns={"'=name": "=name"}).astype(float).equals(table.astype(float))


def test_what_is_no_text_is_left_alone():
    assert [plain(cell) for cell in (-1, -1.5, None, True)] == [-1, -1.5, None, True]


def test_no_other_module_writes_csv_for_people():
    folder = Path(hypviz.__file__).parent
    found = [path.name for path in folder.rglob("*.py") if re.search(r"\.to_csv\(|csv\.writer\(", path.read_text(encoding="utf-8"))]
    assert sorted(found) == ["table.py", "tables.py"]  # exchange/table.py and ui/shell/tables.py, by the same `words.cells.plain`
