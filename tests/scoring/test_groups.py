"""Groups of columns that cannot be told apart: every largest set, by brute force, and what is said of them."""

from __future__ import annotations

import dataclasses
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.records.evaluations import ColumnScore, PairCounts
from hypviz.scoring.groups import groups
from hypviz.words.groups import groups_sentence
from tests.scoring.records import answers, evaluated
from tests.words.test_verdict import judged

SCORE = evaluated({"base": answers([6.0])}, [6.0]).columns[0]
APART, SAME = judged(0, 60, 100), judged(5, 6, 100)


def made(correct: dict[str, int], told: set[frozenset[str]]) -> tuple[list[ColumnScore], list[PairCounts]]:
    """Columns and all their pairs, of which those in `told` differ significantly, the one with more right above."""
    columns = [dataclasses.replace(SCORE, name=name, n=100, correct=n) for name, n in correct.items()]
    pairs = []
    for a, b in combinations(correct, 2):
        up = APART if correct[b] >= correct[a] else judged(60, 0, 100)
        pairs.append(dataclasses.replace(up if frozenset((a, b)) in told else SAME, a=a, b=b))
    return columns, pairs


@settings(deadline=None, max_examples=50)
@given(st.lists(st.booleans(), min_size=10, max_size=10))
def test_every_largest_set_and_no_other(flags: list[bool]) -> None:
    names = ["a", "b", "c", "d", "e"]
    told = {frozenset(two) for two, flag in zip(combinations(names, 2), flags, strict=True) if flag}
    found = groups(*made({name: 10 * i for i, name in enumerate(names)}, told))
    assert found is not None
    fits = [set(s) for k in range(2, 6) for s in combinations(names, k) if not any(frozenset(t) in told for t in combinations(s, 2))]
    largest = [s for s in fits if not any(s < other for other in fits)]
    assert sorted(map(sorted, found.together)) == sorted(map(sorted, largest))
    assert {frozenset((each.worse, name)) for each in found.above for name in each.better} == told
    assert all(list(each) == sorted(each, reverse=True) for each in found.together)


def test_what_is_said_of_the_usual_three() -> None:
    told = {frozenset(("base", "lora")), frozenset(("base", "hyplora"))}
    three = made({"base": 10, "lora": 70, "hyplora": 75}, told)
    assert groups_sentence(*three) == (
        "HypLoRA and LoRA cannot be told apart; both are above Base. Not told apart is not the same as alike."
    )
    everything = {frozenset(two) for two in combinations(("base", "lora", "hyplora"), 2)}
    all_apart = groups_sentence(*made({"base": 10, "lora": 50, "hyplora": 90}, everything))
    assert all_apart == "Every two columns are told apart; HypLoRA and LoRA are above Base; HypLoRA is above LoRA."
    chain = groups_sentence(*made({"base": 10, "lora": 20, "hyplora": 30}, {frozenset(("base", "hyplora"))}))
    assert chain is not None and chain.startswith(
        "HypLoRA and LoRA cannot be told apart; LoRA and Base cannot be told apart; HypLoRA is above"
    )


def test_where_there_are_no_groups() -> None:
    columns, pairs = made({"base": 10, "lora": 20, "hyplora": 30}, set())
    assert groups(columns, pairs[:-1]) is None and groups(columns[:1], []) is None
    assert groups_sentence(columns[:2], pairs[:1]) is None


def test_columns_of_one_answer_are_left_out() -> None:
    n, gold = 50, [5.0] * 20 + [7.0] * 30
    found = evaluated({"base": answers([5.0] * n), "lora": answers(gold), "hyplora": answers(gold)}, gold)
    said = groups_sentence(found.columns, found.pairs)
    assert said is not None and "Base gives one answer to nearly every problem and is left out." in said and "above" not in said
    two = evaluated({"base": answers([5.0] * n), "x": answers([5.0] * n), "lora": answers(gold), "hyplora": answers(gold)}, gold)
    assert "Base and x give one answer to nearly every problem and are left out" in (groups_sentence(two.columns, two.pairs) or "")
