"""Features of the problems on which two columns differ: the permutation test by its definition, and what is said of too few."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from hypviz.records.evaluations import Outcome
from hypviz.scoring.features import features, largest_number, length, n_numbers, steps
from hypviz.words.features import features_sentence
from tests.scoring.records import answers, evaluated

SOLUTION = "3 + 4 = <<3+4=7>>7"
RIGHT_A, RIGHT_B, SAME = (6.0, 7.0), (7.0, 6.0), (6.0, 6.0)


def rows(who: list[tuple[float, float]], questions: list[str]) -> list[Outcome]:
    found = evaluated({"lora": answers([a for a, _ in who]), "hyplora": answers([b for _, b in who])}, [6.0] * len(who))
    both = enumerate(zip(found.outcomes, questions, strict=True))
    asked = [(row, dataclasses.replace(row.problem, question=text, solution=SOLUTION, group=f"own {i}")) for i, (row, text) in both]
    return [dataclasses.replace(row, problem=one) for row, one in asked]


def test_the_p_is_that_of_every_way_to_give_out_the_labels() -> None:
    lengths = [3, 9, 4, 4, 8, 12, 11, 6, 2]
    who = [RIGHT_A, RIGHT_B, RIGHT_A, RIGHT_A, RIGHT_B, RIGHT_B, RIGHT_A, RIGHT_B, SAME]
    found = features(rows(who, ["word " * n for n in lengths]), 0, 1)
    assert (found.only_a, found.only_b, found.exact) == (4, 4, True)
    (one,) = found.found
    ranks = stats.rankdata(lengths[:8])
    sums = [sum(ranks[list(chosen)]) for chosen in combinations(range(8), 4)]
    observed = abs(sum(ranks[i] for i in (1, 4, 5, 7)) - 18)
    assert one.p == pytest.approx(np.mean([abs(s - 18) >= observed - 1e-9 for s in sums])) == one.adjusted_p
    assert one.name == "words of the question" and (one.median_a, one.median_b) == (4.0, 8.5)
    assert one.effect == pytest.approx(np.mean([(b > a) + 0.5 * (b == a) for b in (9, 8, 12, 6) for a in (3, 4, 4, 11)]))
    assert found.unknown == ("numbers in the question", "size of its largest number", "worked steps")


def test_many_problems_are_drawn_and_a_real_feature_is_found() -> None:
    who = [RIGHT_A] * 30 + [RIGHT_B] * 30
    questions = ["Add 3 and 4."] * 25 + ["Add 900."] * 5 + ["Add 1,200 and 700 to 3."] * 30
    asked = rows(who, questions)
    found = features(asked, 0, 1)
    assert not found.exact and not found.too_few and found.unknown == ("worked steps",)
    said = features_sentence(found, "lora", "hyplora")
    assert "size of its largest number higher where HypLoRA alone is right (median 1,200 against 4" in said
    assert "p < 0.001" in said or "p = 0.0003" in said
    other = features_sentence(features(asked, 1, 0), "hyplora", "lora")
    assert "higher where HypLoRA alone is right" in other and "random permutations" in other
    assert features(asked, 0, 1) == features(asked, 0, 1)


def test_what_is_said_without_an_effect_or_with_too_few() -> None:
    none = features(rows([RIGHT_A, RIGHT_B] * 6, ["word " * (i % 4 // 2 + 1) for i in range(12)]), 0, 1)
    said = features_sentence(none, "lora", "hyplora")
    assert said.startswith("No feature of the problems is shown to explain") and "12 problems differ (6 right with LoRA alone" in said
    few = features_sentence(features(rows([RIGHT_A, RIGHT_B, RIGHT_B], ["a", "a b", "a b c"]), 0, 1), "lora", "hyplora")
    assert few.endswith("3 problems differ (1 right with LoRA alone, 2 with HypLoRA), too few to tell.")
    one_side = features(rows([RIGHT_B], ["a"]), 0, 1)
    assert one_side.too_few and "1 problem differs" in features_sentence(one_side, "lora", "hyplora")
    both = features_sentence(features(rows([RIGHT_B, RIGHT_B], ["a", "a b"]), 0, 1), "lora", "hyplora")
    assert both == "2 problems differ, and on all of them HypLoRA alone is right: no feature of a problem decides between LoRA and HypLoRA."
    assert "all of them LoRA alone" in features_sentence(features(rows([RIGHT_A, RIGHT_A], ["a", "a b"]), 0, 1), "lora", "hyplora")
    assert "on the same problems" in features_sentence(features(rows([SAME], ["a"]), 0, 1), "lora", "hyplora")


def test_the_measures() -> None:
    assert (n_numbers("3 boxes, $1,200.50 and .5", ""), length("a b  c", "")) == (3.0, 3.0)
    assert largest_number("3 and 1,999", "") == pytest.approx(np.log10(2000)) and largest_number("none", "") == 0.0
    assert largest_number("9" * 5000, "") == pytest.approx(5000)
    assert steps("q", "3 + 4 = <<3+4=7>>7, then 7 * 2 = $14.") == 2.0 and np.isnan(steps("q", ""))
