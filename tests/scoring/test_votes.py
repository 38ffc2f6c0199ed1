"""Several samples a problem: the value of the majority, how many agree, and the answers that stand for it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hypviz.records.answers import Answers
from hypviz.scoring import answers_at, majority_answers, majority_value
from hypviz.scoring.votes import n_agreeing
from tests.scoring.records import answers


def sample(*values: int | None, by: str = "") -> Answers:
    return answers(list(values), texts=[f"{value} {by}" for value in values])


def said(given: Answers, i: int) -> str | None:
    value = given.texts[i].split()[0]
    return None if value == "None" else value


def test_the_majority_is_what_most_give_and_of_equals_the_first() -> None:
    assert majority_value([3, 5, 5]) == 5 and majority_value([3, 5]) == 3 and majority_value([None, None, 7]) == 7
    assert majority_value([None]) is None and majority_value([]) is None
    assert majority_value([Fraction(1, 2), 2, Fraction(2, 4)]) == Fraction(1, 2) and majority_value(["A", "B", "B"]) == "B"
    assert [n_agreeing(row) for row in ([3, 5, 5], [None, 7, None], [None, None])] == [2, 1, 0]


def test_the_answers_of_the_majority_are_those_of_the_first_sample_that_gives_its_value() -> None:
    samples = [sample(1, 2, None, by="a"), sample(4, 2, None, by="b"), sample(4, 3, None, by="c")]
    found = majority_answers(samples, said)
    assert [said(found, i) for i in range(3)] == ["4", "2", None] and found.agreeing == (2, 2, 0)
    assert found.texts == (samples[1].texts[0], samples[0].texts[1], samples[0].texts[2])
    assert found.seconds == sum(one.seconds for one in samples)
    assert majority_answers(samples[:1], said) is samples[0]


def test_answers_at_some_places_keep_what_belongs_to_each_problem() -> None:
    whole = sample(1, 2, 3)
    some = answers_at(whole, [2, 0])
    assert some.texts == (whole.texts[2], whole.texts[0])
    np.testing.assert_array_equal(some.n_tokens, whole.n_tokens[[2, 0]])
