"""Norm bins judged by their definition; token groups on a vocabulary made by hand; the paper's numbers keep their shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.frequency import group_summaries, norm_bins, token_forms
from hypviz.frequency.paper import PAPER_GAMMA, PAPER_GROUPS, TOKEN_GROUPS
from hypviz.statistics.rows import row_norms


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_bins_hold_each_token_once_and_report_its_quartiles(counts):
    counts = np.array(counts)
    norms = np.random.default_rng(0).uniform(1, 2, counts.size)
    bins = norm_bins(counts, norms)
    assert bins.n.sum() == counts.size
    for k in range(bins.n.size):
        inside = norms[(counts >= bins.low[k]) & (counts < bins.high[k])]
        assert bins.n[k] == inside.size > 0
        assert bins.high[k] == 2 * bins.low[k]
        expected = np.quantile(inside, [0.25, 0.5, 0.75])
        assert [bins.lower_quartile[k], bins.median[k], bins.upper_quartile[k]] == pytest.approx(expected)


def test_norms_are_taken_in_double_precision():
    rows = np.full((2, 4), 60_000, dtype=np.float16)
    assert row_norms(rows) == pytest.approx([120_000, 120_000], rel=1e-3)


@pytest.fixture
def vocabulary() -> list[str]:
    return ["<s>", "to", " to", " banana", "3", "8", "0", "ban", "ana", " ", "<unk>", " to", "dog"]


def encode_by_hand(typed: str) -> list[int]:
    known = {"banana": [7, 8], " 380": [9, 4, 5, 6], "380": [4, 5, 6], " dog": [12]}
    return known.get(typed, [10])


def test_forms_take_the_vocabularys_token_then_the_tokenizers_pieces(vocabulary):
    usable = np.array([t not in ("<s>", "<unk>") for t in vocabulary])
    count = np.arange(len(vocabulary))
    norm = np.arange(len(vocabulary)) / 10
    forms = {(f.word, f.leading_space): f for f in token_forms(vocabulary, usable, count, norm, encode_by_hand)}
    assert len(forms) == 2 * sum(len(words) for words in TOKEN_GROUPS)
    assert forms["to", False].token_id == 1
    assert (forms["to", True].token_id, forms["to", True].count, forms["to", True].norm) == (11, 11, 1.1)  # the more frequent of two
    assert forms["banana", True].token_id == 3
    assert forms["banana", False].pieces == ("ban", "ana")
    assert forms["banana", False].token_id is None
    assert forms["380", True].pieces == (" ", "3", "8", "0")
    assert forms["dog", True].token_id == 12  # a tokenizer that ignores the space
    assert (forms["fruit", False].token_id, forms["fruit", False].pieces) == (None, ("<unk>",))


def test_summaries_are_means_over_single_tokens_and_name_the_others(vocabulary):
    usable = np.array([t not in ("<s>", "<unk>") for t in vocabulary])
    count = np.arange(len(vocabulary)) * 10
    forms = token_forms(vocabulary, usable, count, count / 7, encode_by_hand)
    by_key = {(s.group, s.leading_space): s for s in group_summaries(forms)}
    assert set(by_key) == {(g, s) for g in (1, 2, 3, 4) for s in (False, True)}
    four = by_key[4, True]
    assert (four.n_single, four.frequency) == (2, (75.0, 30.0, 120.0))
    assert "380" in four.split_words
    assert four.n_single + len(four.split_words) == len(TOKEN_GROUPS[3])
    assert by_key[3, False].norm is None


def test_the_papers_numbers_are_ordered_as_it_prints_them():
    assert set(PAPER_GROUPS) == {"LLaMA-7B", "LLaMA-13B", "Gemma-7B", "LLaMA3-8B"}
    for groups in PAPER_GROUPS.values():
        for group in groups:
            for mean, low, high in (group.frequency, group.norm):
                assert low <= mean <= high
        assert [g.norm[0] for g in groups] == sorted(g.norm[0] for g in groups)
        assert [g.frequency[0] for g in groups] == sorted((g.frequency[0] for g in groups), reverse=True)
    assert [g.norm[0] for g in PAPER_GROUPS["LLaMA3-8B"]] == [0.353, 0.456, 0.499, 0.569]
    assert (min(PAPER_GAMMA.values()), max(PAPER_GAMMA.values())) == (1.76, 1.95)
