"""What the sentences promise: no verdict contradicts its interval or its p, over the whole grid of counts."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, SAME_WITHIN, TOO_SMALL, WORSE, ConstantAnswer, PairCounts
from hypviz.scoring.verdicts import verdict
from hypviz.statistics.holm import ALPHA, holm
from hypviz.statistics.mcnemar import fewest_discordant, mcnemar_exact, paired_difference
from hypviz.words.numbers import points
from hypviz.words.verdict import adjustment, pair_sentence, show_level, show_p, title


def judged(only_a: int, only_b: int, n: int, others: tuple[float, ...] = (), **more: Any) -> PairCounts:
    """A pair, judged together with pairs of these p; `more` replaces fields."""
    p = mcnemar_exact(only_a, only_b)
    step = holm([p, *others])[0]
    difference = paired_difference(only_a, only_b, n, step.level)
    pair = PairCounts(
        a="lora",
        b="hyplora",
        both_right=0,
        only_a=only_a,
        only_b=only_b,
        both_wrong=n - only_a - only_b,
        unfinished=0,
        neither_answered=0,
        other_unfinished=0,
        p=p,
        adjusted_p=step.p,
        n_pairs=step.n_tests,
        difference=difference,
        verdict=verdict(difference, both_constant={"constant_a", "constant_b"} <= set(more)),
        constant_a=None,
        constant_b=None,
        unbeaten=None,
    )
    return dataclasses.replace(pair, **more)


def check(only_a: int, only_b: int, n: int, others: tuple[float, ...] = ()) -> str:
    """Assert all that a sentence promises of its numbers; the verdict."""
    pair = judged(only_a, only_b, n, others)
    found, sentence, difference = pair.verdict, pair_sentence(pair), pair.difference
    above, below = difference.low > 0, difference.high < 0
    assert (found == BETTER) == above and (found == WORSE) == below
    assert (found in (BETTER, WORSE)) == (pair.adjusted_p < ALPHA)
    if found == ALIKE:
        assert -SAME_WITHIN <= difference.low <= 0 <= difference.high <= SAME_WITHIN and "alike" in sentence
    if found == TOO_SMALL:
        assert difference.low <= 0 <= difference.high and max(-difference.low, difference.high) > SAME_WITHIN
    shown = re.search(r"([+−]?[\d.e−]+) (?:to|points, |points to) ?([+−]?[\d.e−]+)(?= points| interval|;)", sentence)
    assert shown is not None, sentence
    low, high = (float(number.replace("−", "-")) for number in shown.groups())
    if found in (BETTER, WORSE):
        assert 0 < low <= high, sentence  # as printed, for whoever is better
    else:
        assert low <= 0 <= high, sentence
    assert f"{show_level(difference.level)} interval" in sentence and f"n = {n:,}" in sentence
    return found


@pytest.mark.parametrize("others", [(), (1.0, 1.0), (1e-9, 1.0), (1e-9, 1e-9)], ids=["alone", "first", "second", "last of three"])
@pytest.mark.parametrize("n", [1, 6, 13, 24])
def test_no_sentence_contradicts_its_interval_on_the_whole_grid(n: int, others: tuple[float, ...]) -> None:
    found = [check(a, b, n, others) for a in range(n + 1) for b in range(n + 1 - a)]
    least = fewest_discordant(ALPHA / (1 + others.count(1.0)))  # 2 * (1/2)^6 is not below 0.05 / 2
    assert TOO_SMALL in found and (BETTER in found) == (WORSE in found) == (n >= least)


@pytest.mark.parametrize("n", [150, 1319])
def test_no_sentence_contradicts_its_interval_on_large_sets(n: int) -> None:
    counts = (0, 1, 2, 5, 6, 7, 9, 12, 15, 20, 31, 44, 60)
    found = {check(a, b, n, others) for a in counts for b in counts if a + b <= n for others in ((), (0.02, 0.9))}
    assert found >= {BETTER, WORSE, ALIKE} and (TOO_SMALL in found) == (n < 1000)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400), st.lists(st.floats(0, 1), max_size=5))
def test_any_counts_among_any_pairs_keep_the_promise_and_mirror(only_a: int, only_b: int, rest: int, others: list[float]) -> None:
    n = only_a + only_b + rest + 1
    found = check(only_a, only_b, n, tuple(others))
    assert judged(only_b, only_a, n, tuple(others)).verdict == {BETTER: WORSE, WORSE: BETTER}.get(found, found)


def test_fewer_discordant_problems_than_the_words_say_can_never_be_significant() -> None:
    for n_pairs, fewest in ((1, 6), (3, 7), (6, 8), (28, 11)):
        assert mcnemar_exact(0, fewest - 1) >= ALPHA / n_pairs > mcnemar_exact(0, fewest) and fewest_discordant(ALPHA / n_pairs) == fewest
        said = pair_sentence(judged(0, 4, 20, (1.0,) * (n_pairs - 1)))
        assert f"and fewer than {fewest} can never reach p < 0.05" in said and (f"first of {n_pairs} pairs" in said) == (n_pairs > 1)
    assert "never" not in pair_sentence(judged(0, 4, 20, n_clusters=12))


@pytest.mark.parametrize(
    ("only_a", "only_b", "n", "expected", "words"),
    [
        (0, 0, 20, TOO_SMALL, "n is too small to tell LoRA and HypLoRA apart: no problem was"),
        (0, 1, 20, TOO_SMALL, "only 1 problem was"),
        (0, 5, 60, TOO_SMALL, "only 5 problems were"),
        (6, 9, 100, TOO_SMALL, "apart (HypLoRA minus LoRA: −"),
        (0, 6, 30, BETTER, "HypLoRA is right more often than LoRA, by 20.0 points"),
        (30, 10, 200, WORSE, "LoRA is right more often than HypLoRA, by 10.0 points"),
        (2, 3, 400, ALIKE, "alike"),
        (0, 0, 2000, ALIKE, "alike"),
    ],
)
def test_the_sentence_fits_the_counts(only_a: int, only_b: int, n: int, expected: str, words: str) -> None:
    pair = judged(only_a, only_b, n)
    found, sentence = pair.verdict, pair_sentence(pair)
    assert found == expected and words in sentence
    assert f"n = {n:,}" in sentence and f"p {show_p(mcnemar_exact(only_a, only_b))}" in sentence
    assert sentence.endswith(".") and sentence.count("n is too small to tell") == (expected == TOO_SMALL)


def test_a_difference_that_only_several_pairs_make_doubtful_is_said_with_both_p() -> None:
    assert judged(0, 6, 30).verdict == BETTER
    pair = judged(0, 6, 30, others=(0.4, 0.6))
    sentence = pair_sentence(pair)
    assert pair.verdict == TOO_SMALL and "McNemar's exact p = 0.031, adjusted for 3 pairs = 0.094" in sentence
    assert "98.3 % interval" in sentence and adjustment(1) is None and "3 pairs" in (adjustment(3) or "")


def test_constants_and_levels_qualify_what_is_said() -> None:
    five, seven = (ConstantAnswer(answer=Fraction(answer), n_given=n, n=100) for answer, n in ((5, 100), (7, 97)))
    pair = judged(10, 30, 100, a="base", b="lora 2", constant_a=five, constant_b=seven)
    assert pair.verdict == CONSTANT and pair.constants == ("base", "lora 2")
    assert "more often" not in pair_sentence(pair) and "LoRA 2 answers 7 to 97 of 100 problems" in pair_sentence(pair)
    pair = judged(10, 30, 100, a="base", constant_a=five)
    assert pair.verdict == BETTER
    assert pair_sentence(pair).endswith("Base answers 5 to every problem, so this compares HypLoRA with a constant answer.")
    said = pair_sentence(judged(10, 30, 100, unbeaten=Fraction(5)))
    assert said.endswith("Neither is shown to be better than always answering 5.")
    assert "Neither" not in pair_sentence(judged(10, 30, 100))


def test_small_numbers_are_never_shown_as_zero() -> None:
    assert show_p(3e-9) == "< 0.0001" and show_p(0.0312) == "= 0.031" and show_p(1.0) == "= 1"
    assert [points(x) for x in (0.0, 0.0123, -0.0004, 1e-6)] == ["0.0", "+1.2", "−0.04", "+0.0001"]
    assert points(0.0123, sign=False) == "1.2" and [show_level(x) for x in (0.95, 1 - 0.05 / 3)] == ["95 %", "98.3 %"]


def test_a_method_is_titled_with_what_follows_its_key() -> None:
    assert [title(name) for name in ("base", "hyplora", "lora 2", "mine")] == ["Base", "HypLoRA", "LoRA 2", "mine"]
