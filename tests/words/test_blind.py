"""Letters that hide columns: every column once, the same lot every time, another one for another question."""

from __future__ import annotations

from dataclasses import replace

from hypviz.records.answers import ComparedColumn, Comparison
from hypviz.records.asking import PLAIN_QUESTION
from hypviz.words.blind import lettered, revealed
from tests.scoring.records import generation

NAMES = ("base", "lora", "scaled", "hyplora")


def test_the_lot_is_a_permutation_that_the_question_decides() -> None:
    columns = tuple(ComparedColumn(name=name, generation=generation([1], ("a",)), notice=None) for name in NAMES)
    asked = [Comparison(question=f"q{i}", asking=PLAIN_QUESTION, columns=columns) for i in range(40)]
    lots = [lettered(comparison) for comparison in asked]
    assert all("".join(lot) == "ABCD" and sorted(lot.values()) == sorted(NAMES) for lot in lots)
    assert lots == [lettered(replace(comparison)) for comparison in asked]
    assert all({lot[letter] for lot in lots} == set(NAMES) for letter in "ABCD")  # nobody can guess from the letter


def test_the_votes_are_said_with_the_names_most_first() -> None:
    titles = {"base": "Base", "lora": "LoRA"}
    assert revealed({"A": "lora", "B": "base"}, titles, {"B": 2}) == "B is Base (2 votes); A is LoRA (0 votes)."
    assert revealed({"A": "lora", "B": "base"}, titles, {"A": 1}) == "A is LoRA (1 vote); B is Base (0 votes)."
