"""Several samples a problem: each rule's own majority, how many agree, single samples beside it, and everything counted again."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from hypviz.records.answers import RIGHT
from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, TOO_SMALL, Evaluation
from hypviz.scoring import answers_at, counted_again, majority_rows, majority_value, mark_again, outcomes, recount
from hypviz.scoring.votes import agreement, n_agreeing
from hypviz.words.samples import how_decoded, of_problem, on_the_samples, on_the_singles, single_sentence
from tests.scoring.records import answers, problem, sampled

HALF, TWO = "It is 1/2", "It is 2"  # careful reading finds one half and two, the paper's rule the last number of each, 2


def drawn(gold: float, *texts: tuple[str, ...]) -> Evaluation:
    """One column that says the texts of each sample."""
    return sampled([{"base": answers([0.0] * len(sample), texts=sample)} for sample in texts], [gold] * len(texts[0]))


def test_the_majority_is_what_most_give_and_of_equals_the_first() -> None:
    assert majority_value([3, 5, 5]) == 5 and majority_value([3, 5]) == 3 and majority_value([None, None, 7]) == 7
    assert majority_value([None]) is None and majority_value([]) is None
    assert majority_value([Fraction(1, 2), 2, Fraction(2, 4)]) == Fraction(1, 2) and majority_value(["A", "B", "B"]) == "B"
    assert [n_agreeing(row) for row in ([3, 5, 5], [None, 7, None], [None, None])] == [2, 1, 0]


def test_the_rows_of_the_majority_are_those_of_the_first_sample_that_gives_its_value() -> None:
    asked = [problem(2.0, f"q {i}") for i in range(3)]
    texts = (("1 a", "2 a", "? a"), ("4 b", "2 b", "? b"), ("4 c", "3 c", "? c"))
    rounds = [outcomes(asked, [answers([0.0] * 3, texts=sample)]) for sample in texts]
    rows = majority_rows(rounds, "careful")
    assert [row.texts[0] for row in rows] == ["4 b", "2 a", "? a"] and [row.marks["careful"][0].sample for row in rows] == [1, 0, 0]
    assert agreement(rounds, "careful") == ((2, 2, 0),)


def test_every_rule_takes_its_own_majority() -> None:
    found = drawn(2.0, (HALF,), (HALF,), (TWO,), (TWO,), ("It is 7",))
    assert found.rule == "careful" and found.outcomes[0].found == (Fraction(1, 2),) and found.agreeing == ((2,),)
    paper = recount(found, "paper")
    assert paper.outcomes[0].found == (Fraction(2),) and paper.agreeing == ((4,),) and paper.columns[0].correct == 1
    assert found.columns[0].by_rule["paper"] == 1 == found.n_hanging and found.columns[0].correct == 0
    assert paper.outcomes[0].texts == (HALF,) and recount(paper, "careful").to_json() == found.to_json()
    assert of_problem(found, 0, 0) == "Of 5 samples 2 give 0.5, 2 give 2, 1 gives 7." and of_problem(drawn(2.0, ("?",)), 0, 0) is None
    assert (of_problem(drawn(2.0, ("?",), ("?",)), 0, 0) or "").endswith("2 give no answer.")
    assert found.columns[0].singles is not None and found.columns[0].singles.value == pytest.approx(2 / 5)
    assert paper.columns[0].singles is not None and paper.columns[0].singles.value == pytest.approx(4 / 5)


def test_all_is_counted_again_from_the_rows_of_the_samples_alone() -> None:
    dice = np.random.default_rng(1)
    samples = [{name: answers([float(v) for v in dice.integers(0, 4, 30)]) for name in ("base", "lora")} for _ in range(3)]
    found = sampled(samples, [1.0] * 30)
    again = dataclasses.replace(found, rounds=tuple(tuple(map(mark_again, rows)) for rows in found.rounds), outcomes=())
    for rule in found.rules:
        assert counted_again(dataclasses.replace(again, outcomes=found.outcomes), rule).to_json() == recount(found, rule).to_json()


def test_single_samples_are_counted_by_problem_and_said_beside_the_majority() -> None:
    dice = np.random.default_rng(2)
    right = {"base": dice.random((5, 80)) < 0.3, "lora": dice.random((5, 80)) < 0.8}
    samples = [
        {name: answers([1.0 if ok else 9.0 + i for i, ok in enumerate(table[j])]) for name, table in right.items()} for j in range(5)
    ]
    found = sampled(samples, [1.0] * 80)
    assert [score.singles and score.singles.value for score in found.columns] == pytest.approx([table.mean() for table in right.values()])
    (pair,) = found.single_pairs
    assert (pair.n_answers, pair.n_clusters, pair.verdict) == (400, 80, BETTER)
    assert pair.difference.value == pytest.approx(right["lora"].mean() - right["base"].mean())
    assert [sum(row.right[k] for row in found.outcomes) for k in range(2)] == [score.correct for score in found.columns]
    warm = dataclasses.replace(found, decoding=dataclasses.replace(found.decoding, temperature=0.7, seed=4))
    assert "seeds 4 to 8" in how_decoded(warm) and how_decoded(found) == found.decoding.line
    told = [*on_the_samples(found, {}), *on_the_singles(found, {})]
    assert "n is the 80 problems, not the 400 answers" in told[0] and "majority" in told[3] and "LoRA is right more often" in told[4]
    assert all("independent" in single_sentence(dataclasses.replace(pair, verdict=one)) for one in (ALIKE, TOO_SMALL, CONSTANT))


def test_one_sample_has_no_single_samples_beside_it() -> None:
    found = drawn(2.0, (TWO,))
    assert found.single_pairs == found.rounds == found.agreeing == () and found.columns[0].singles is None
    assert on_the_samples(found, {}) == on_the_singles(found, {}) == () and found.outcomes[0].states == (RIGHT,)


def test_answers_at_some_places_keep_what_belongs_to_each_problem() -> None:
    whole = answers([1.0, 2.0, 3.0])
    some = answers_at(whole, [2, 0])
    assert some.texts == (whole.texts[2], whole.texts[0])
    np.testing.assert_array_equal(some.n_tokens, whole.n_tokens[[2, 0]])
