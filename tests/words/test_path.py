"""What is said of a path: since when the last token is the first one, which spaces meet, and what is not on the map."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.records import Provenance
from hypviz.records.path import COSINE, LOGIT, PromptPath
from hypviz.words.path import path_sentences, path_title

TEXT = (" a", " b", " c", " d")


def _path(first: list[int], **changed) -> PromptPath:
    n = len(first)
    fields = {
        "ids": np.array([1, 2]),
        "position": 1,
        "lens": LOGIT,
        "table": "output",
        "tokens": np.array([[i, (i + 1) % 4] for i in first]),
        "values": np.tile([0.5, 0.25], (n, 1)),
        "placed": np.array(first),
        "placed_value": np.full(n, 0.5),
        "laid_out": np.ones(n),
        "entropy": np.ones(n),
        "provenance": Provenance(model="m"),
    }
    return PromptPath(**(fields | changed))


@pytest.mark.parametrize(
    ("first", "settled"), [([0, 1, 2, 3], 3), ([0, 3, 2, 3], 3), ([0, 3, 3, 3], 1), ([3, 3, 3, 3], 0), ([3, 0, 3, 3], 2)]
)
def test_the_title_says_since_when_the_last_token_is_the_first_and_whether_it_was_before(first, settled):
    path = _path(first)
    since = "at the last layer" if settled == 3 else f"from layer {settled} of 3 on"
    assert ("and at some before" in path_title(path, TEXT)) == (3 in first[:settled])
    assert ("only" in path_title(path, TEXT)) == (first == [0, 1, 2, 3])
    assert path.settled == settled and since in path_title(path, TEXT) and "“ d”" in path_title(path, TEXT)


def test_two_spaces_are_said_where_there_are_two():
    def said(path: PromptPath, table: str, tied: bool) -> bool:
        return "two spaces" in " ".join(path_sentences(path, n_laid_out=4, table=table, tied=tied))

    path = _path([0, 1])
    assert said(path, "input", False) and not said(path, "output", False) and not said(path, "input", True)
    nearest = dataclasses.replace(path, lens=COSINE, laid_out=None, entropy=None)
    assert all(said(nearest, table, tied) for table in ("input", "output") for tied in (False, True))


def test_probability_on_tokens_without_a_place_is_counted():
    words = [" ".join(path_sentences(path, n_laid_out=4, table="output", tied=True)) for path in _left_out()]
    assert "laid out tokens" not in words[0]
    assert "75 % in the end, and 25 % where it is least, is on the 4 laid out tokens." in words[1]
    assert "at 1 of 2 points the most probable token is not laid out" in words[2]


def _left_out() -> list[PromptPath]:
    some = _path([0, 1], laid_out=np.array([0.25, 0.75]))
    return [_path([0, 1]), some, dataclasses.replace(some, placed=np.array([0, 2]))]
