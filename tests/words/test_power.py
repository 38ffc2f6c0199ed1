"""What is said of power: the numbers of the test, and a sentence of its own where nothing differs or nothing is compared."""

from __future__ import annotations

import dataclasses

from hypviz.records.evaluations import CONSTANT
from hypviz.words.power import power_sentence
from tests.words.test_verdict import judged


def test_what_would_show_and_what_it_would_take() -> None:
    said = power_sentence(judged(40, 45, 850)) or ""
    assert said.startswith(
        "Where only one of LoRA and HypLoRA is right on 10.0 % of the problems, as here, n = 850 would show a difference"
    )
    assert "a difference of 3.1 points" in said and "level 0.05" in said
    assert said.endswith("One of 0.6 points, as was seen, would take about 23,000 problems.")


def test_without_a_difference_or_too_few_problems() -> None:
    same = power_sentence(judged(5, 5, 20, (0.5, 0.7)))
    assert same is not None and "would show a difference of" in same and "level 0.017" in same and same.endswith("None was seen.")
    few = power_sentence(judged(0, 1, 20))
    assert few is not None and "on 5.0 % of the problems" in few and "would show no difference reliably" in few
    none = power_sentence(judged(0, 0, 20))
    assert none is not None and none.startswith("No problem was answered right by just one")
    tiny = power_sentence(judged(50_000, 50_001, 10_000_000))
    assert tiny is not None and "more than 10,000,000 problems" in tiny


def test_two_that_are_not_compared() -> None:
    assert power_sentence(dataclasses.replace(judged(3, 4, 20), verdict=CONSTANT)) is None
