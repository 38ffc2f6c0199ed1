"""An interval is written as two numbers only where they read differently."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.records import Provenance
from hypviz.records.hyperbolicity import VocabularyDelta
from hypviz.words.hyperbolicity import course_finding, vocabulary_finding, vocabulary_sentences


def delta(*, width: float, exact: bool) -> VocabularyDelta:
    lower, none = 0.3824321, np.zeros(0)
    return VocabularyDelta(
        table="input", n_points=40, n_vocabulary=90, n_without_token=0, dimension=8, lower=lower, upper=lower + width, exact=exact,
        how="search", diameter=2.0, witnesses=np.arange(4), witness_text=("a", "b", "c", "d"), base_deltas=none, average=None,
        course_seconds=np.array([3.0]), course_lower=np.array([lower]), course_upper=np.array([lower + width]), asked=(), nulls=(),
        begun=none, provenance=Provenance(model="m"),
    )  # fmt: skip


@pytest.mark.parametrize("exact", [True, False])
def test_ends_that_print_alike_are_one_number_and_a_width(exact):
    said = vocabulary_sentences(delta(width=4e-9, exact=exact), ("a", "b", "c", "d"))[0]
    assert said.startswith("δ is 0.382432, to within 4e-09") and "between" not in said


@pytest.mark.parametrize("exact", [True, False])
def test_ends_that_differ_are_both_there(exact):
    said = vocabulary_sentences(delta(width=0.05, exact=exact), ("a", "b", "c", "d"))[0]
    assert said.startswith("δ lies between 0.382432 and 0.432432 (width 0.05)")


def test_a_closed_interval_of_no_width_is_a_number():
    assert vocabulary_sentences(delta(width=0.0, exact=True), ("a", "b", "c", "d"))[0].startswith("δ is 0.382432, diameter")


@pytest.mark.parametrize("say", [vocabulary_finding, course_finding])
def test_titles_of_an_open_search_have_one_number_where_two_read_alike(say):
    near, far = say(delta(width=4e-6, exact=False)), say(delta(width=0.05, exact=False))
    assert "0.3824, to within 4e-06" in near and "between" not in near
    assert "between 0.3824 and 0.4324" in far
