"""A person's own columns joined to the drawn tokens, and what is said of their rows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.records.columns import TokenColumn, TokenColumns
from hypviz.studies.disk.columns import join, own_columns, read_columns
from hypviz.words.columns import joined_sentence


@dataclasses.dataclass(frozen=True)
class Drawn:
    """As much of a layout as joining reads."""

    token_ids: np.ndarray


@dataclasses.dataclass(frozen=True)
class Table:
    """As much of a token table as joining reads."""

    text: tuple[str, ...]


TABLE = Table(text=("the", " the", "dog", " dog", " Dog", "'=x", "=x", "\n"))
DRAWN = Drawn(token_ids=np.array([3, 1, 0, 2, 6, 5]))  # " dog", " the", "the", "dog", "=x", "'=x"


def columns(*tokens: str, by_id: bool = False, **more) -> TokenColumns:
    cells = tuple(str(k) for k in range(len(tokens)))
    by = "token_id" if by_id else "token"
    given = {
        "name": "f.csv",
        "by": by,
        "by_id": by_id,
        "tokens": tokens,
        "columns": (TokenColumn(name="x", cells=cells),),
        "fingerprint": "",
    }
    return TokenColumns(**(given | more))


@pytest.mark.parametrize(
    ("tokens", "row", "counts"),
    [
        (("dog",), [0, -1, -1, 0, -1, -1], (1, 0, 0)),  # with and without a space
        (("dog", " dog"), [1, -1, -1, 0, -1, -1], (2, 0, 0)),  # the exact text goes before
        ((" dog", "dog", "dog"), [0, -1, -1, 1, -1, -1], (2, 0, 1)),
        ((" Dog", "cat"), [-1] * 6, (0, 2, 0)),  # " Dog" is not drawn
        (("'=x", "''=x"), [-1, -1, -1, -1, -1, 0], (1, 0, 1)),  # as it stands, else without the guard of a spreadsheet
    ],
)
def test_texts_are_joined_exactly_and_then_without_their_spaces(tokens, row, counts):
    found = join(columns(*tokens), DRAWN, TABLE)
    assert found.row.tolist() == row and (found.n_matched, found.n_unmatched, found.n_repeated) == counts
    assert sum(counts) == found.n_rows == len(tokens)


def test_ids_are_joined_as_numbers():
    found = join(columns("3", "03", "7", "99999999999999999999999", by_id=True), DRAWN, TABLE)
    assert found.row.tolist() == [0, -1, -1, -1, -1, -1] and (found.n_matched, found.n_unmatched, found.n_repeated) == (1, 2, 1)


def test_the_colourings_take_the_cells_of_the_rows():
    given = columns("the", " dog")
    found = own_columns(given, read_columns(given), DRAWN, TABLE)
    assert [one.name for one in found.colours] == ["own: x", "own: x, by quantile"]
    assert np.array_equal(found.colours[0].colour.values, [1, 0, 0, np.nan, np.nan, np.nan], equal_nan=True)


def test_one_sentence_says_what_became_of_the_rows():
    given = columns("dog", "dog", "cat", n_skipped=2, skipped=("row 5 has 1 cell where the header has 2",))
    words = joined_sentence(given, join(given, DRAWN, TABLE))
    for part in (
        "f.csv",
        "1 of 3 rows",
        "1 name no token",
        "1 only tokens that another row names",
        "2 more could not be read",
        "2 of 6 tokens",
    ):
        assert part in words
    whole = columns("the")
    assert joined_sentence(whole, join(whole, DRAWN, TABLE)).count(",") == 1
