"""What is said of ranks: how many were counted, what ranks the others, and the figures for and against it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.records.layout import DiskLayout
from hypviz.records.ranks import ProbeFindings
from hypviz.words.disk import quality_sentence, uncounted_clause
from hypviz.words.ranks import ranks_sentence
from tests.words.test_disk import make_layout

FOUND = ProbeFindings(
    n_counted=1,
    n_countable=300,
    n_folds=5,
    penalty=0.01,
    spearman=0.75,
    id_spearman=0.5,
    n_held_out=200,
    held_out_spearman=0.625,
    held_out_id_spearman=0.375,
    seed=0,
)
WORSE = dataclasses.replace(FOUND, held_out_spearman=0.25)
LATER = {"counts": np.array([5, 0, 0]), "n_uncounted": 2}


@pytest.fixture
def layout():
    def make(**changed) -> DiskLayout:
        return make_layout("dendrogram", **(LATER | changed))

    return make


def test_a_probe_that_predicts_better_ranks_and_its_figures_are_said_beside_those_of_the_token_id(layout) -> None:
    said = ranks_sentence(layout(probe=FOUND))
    assert "1 of 3 tokens occur in bundled problems" in said and "the other 2 follow as a ridge probe" in said
    assert "on 200 tokens that one half of the counts lacks, with the other half, +0.62 [+0.38]" in said and "+0.75 [+0.50]" in said
    assert uncounted_clause(layout(probe=FOUND)).endswith("the others follow as a ridge probe of row, norm and number predicts")


def test_one_that_predicts_no_better_does_not_rank_and_its_figures_say_why(layout) -> None:
    said = ranks_sentence(layout(probe=WORSE))
    assert "follow in token-id order, because a probe" in said and "+0.25 [+0.38]" in said
    assert "in token-id order" in uncounted_clause(layout(probe=WORSE)) and not layout(probe=WORSE).ranked_by_probe


def test_where_there_is_no_probe_the_number_stands_in(layout) -> None:
    assert "in token-id order (too few were counted for a probe" in ranks_sentence(layout())
    assert "in row order (too few were counted for a probe of their rows, the row number stands in)" in ranks_sentence(
        layout(table="matrix")
    )


@pytest.mark.parametrize("n_uncounted", [0, 3])
def test_where_all_were_counted_or_none_there_is_nothing_to_say(layout, n_uncounted: int) -> None:
    assert ranks_sentence(layout(n_uncounted=n_uncounted)) == ""


def test_what_does_not_exist_is_a_dash_and_what_was_not_held_out_is_not_said(layout) -> None:
    alone = dataclasses.replace(FOUND, held_out_spearman=None, held_out_id_spearman=None, id_spearman=None)
    assert alone.is_better
    said = ranks_sentence(layout(probe=alone))
    assert "+0.75 [–]" in said and "half" not in said


def test_radius_and_rank_are_told_apart_from_radius_and_count(layout) -> None:
    def said(**changed) -> str:
        return quality_sentence(dataclasses.replace(layout(**changed), method="hyperbolic-umap"))

    assert "radius and frequency −0.75 over all tokens by the ranks that they have, −0.62 over the 1 counted ones by their counts" in said()
    assert "radius and frequency −0.75;" in said(n_uncounted=0)
    assert "radius and token-id order +0.75" in said(n_uncounted=3, radius_source="token-id order")
