"""Counts against brute force, and what the words promise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.evaluate.scoring import majority, outcomes, pair_counts, score_columns
from hypviz.evaluate.verdict import ALPHA, FEWEST_DISCORDANT, SAME_WITHIN, judge, show_p
from hypviz.records import Provenance
from hypviz.records.answers import ALIKE, BETTER, END_OF_TEXT, TOKEN_LIMIT, TOO_SMALL, WORSE, Answers, Decoding, Weights
from hypviz.records.problems import Problem
from hypviz.statistics import mcnemar_exact
from hypviz.statistics.paired_difference import paired_difference

FOUND = st.sampled_from([None, 6.0, 6.0004, 7.0])


def problem(answer: float) -> Problem:
    return Problem(question="q", solution=f"The answer is {answer:g}.", answer=answer, skill="one-step", source="test")


def answers(found: list[float | None]) -> Answers:
    import numpy as np

    return Answers(
        weights=Weights(base="b", adapter=None, method="base"),
        problems="p",
        texts=tuple("?" if value is None else f"{value}" for value in found),
        found=tuple(found),
        ended=tuple(TOKEN_LIMIT if value is None else END_OF_TEXT for value in found),
        n_tokens=np.ones(len(found), dtype=np.int64),
        seconds=1.0,
        decoding=Decoding(),
        provenance=Provenance(model="m"),
    )


@settings(deadline=None)
@given(st.lists(st.tuples(FOUND, FOUND, FOUND), min_size=1, max_size=40))
def test_counts_are_those_of_a_tally_by_hand(rows: list[tuple[float | None, ...]]) -> None:
    names = ("base", "lora", "hyplora")
    columns = [answers([row[k] for row in rows]) for k in range(3)]
    asked = [problem(6.0)] * len(rows)
    table = outcomes(asked, columns)
    right = [[value is not None and abs(value - 6) <= 1e-3 for value in row] for row in rows]
    for k, score in enumerate(score_columns(names, columns, table)):
        assert score.correct == sum(r[k] for r in right) and score.n == len(rows)
        assert score.no_answer == score.n_cut == sum(row[k] is None for row in rows)
        assert score.accuracy.low <= score.correct / score.n <= score.accuracy.high
    pairs = pair_counts(names, table)
    assert [(p.a, p.b) for p in pairs] == [("base", "lora"), ("base", "hyplora"), ("lora", "hyplora")]
    for pair in pairs:
        i, j = names.index(pair.a), names.index(pair.b)
        assert pair.both_right == sum(r[i] and r[j] for r in right)
        assert pair.only_a == sum(r[i] and not r[j] for r in right)
        assert pair.only_b == sum(r[j] and not r[i] for r in right)
        assert pair.both_right + pair.only_a + pair.only_b + pair.both_wrong == len(rows)
        assert pair.neither_answered == sum(row[i] is None and row[j] is None for row in rows) <= pair.both_wrong
        assert pair.mcnemar_p == mcnemar_exact(pair.only_a, pair.only_b)


def test_the_best_constant_answer() -> None:
    found = majority([problem(a) for a in (3.0, 5.0, 5.0, 3.0, 8.0)])
    assert (found.answer, found.correct, found.accuracy) == (3.0, 2, 0.4)


def verdict(only_a: int, only_b: int, n: int) -> tuple[str, str]:
    return judge(
        "lora", "hyplora", only_a=only_a, only_b=only_b, p=mcnemar_exact(only_a, only_b), difference=paired_difference(only_a, only_b, n)
    )


def test_fewer_discordant_problems_than_the_words_say_can_never_be_significant() -> None:
    assert mcnemar_exact(0, FEWEST_DISCORDANT - 1) >= ALPHA > mcnemar_exact(0, FEWEST_DISCORDANT)


@pytest.mark.parametrize(
    ("only_a", "only_b", "n", "expected", "words"),
    [
        (0, 0, 20, TOO_SMALL, "n is too small to tell LoRA and HypLoRA apart: no problem was"),
        (0, 1, 20, TOO_SMALL, "only 1 problem was"),
        (0, 5, 60, TOO_SMALL, "only 5 problems were"),
        (6, 9, 100, TOO_SMALL, "may be anything from"),
        (0, 6, 30, BETTER, "HypLoRA is right more often than LoRA, by 20.0 points"),
        (30, 10, 200, WORSE, "LoRA is right more often than HypLoRA, by 10.0 points"),
        (2, 3, 400, ALIKE, "alike"),
        (0, 0, 2000, ALIKE, "alike"),
    ],
)
def test_the_sentence_fits_the_counts(only_a: int, only_b: int, n: int, expected: str, words: str) -> None:
    found, sentence = verdict(only_a, only_b, n)
    assert found == expected and words in sentence
    assert f"n = {n:,}" in sentence and f"p {show_p(mcnemar_exact(only_a, only_b))}" in sentence
    assert sentence.endswith(".") and sentence.count("n is too small to tell") == (expected == TOO_SMALL)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400))
def test_too_small_means_that_a_difference_worth_knowing_is_still_possible(only_a: int, only_b: int, rest: int) -> None:
    n = only_a + only_b + rest + 1
    found, _ = verdict(only_a, only_b, n)
    difference = paired_difference(only_a, only_b, n)
    if found == TOO_SMALL:
        assert difference.high > SAME_WITHIN or difference.low < -SAME_WITHIN
    if found == ALIKE:
        assert -SAME_WITHIN <= difference.low <= difference.high <= SAME_WITHIN
    assert verdict(only_b, only_a, n)[0] == {BETTER: WORSE, WORSE: BETTER}.get(found, found)


def test_small_p_values_are_never_zero() -> None:
    assert show_p(3e-9) == "< 0.0001" and show_p(0.0312) == "= 0.031" and show_p(1.0) == "= 1"
