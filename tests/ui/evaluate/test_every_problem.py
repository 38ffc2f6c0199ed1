"""The table of problems: the flag stands before the answer, and a column that says nothing is left out."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from hypviz.records.answers import END_OF_TEXT, TOKEN_LIMIT
from hypviz.records.problems import Problem
from hypviz.ui.evaluate.every_problem import problem_table
from tests.scoring.records import answers, sampled


def test_signs_come_first_and_a_file_has_no_skill() -> None:
    asked = [
        Problem(question=f"q {i}", solution="", answer=Fraction(7), skill="file", source="f", given=given)
        for i, given in enumerate(("$7.00", None, "7", "7"))
    ]
    texts = ("The answer is 7. Then 8", "none", "", "7 or")
    base = answers([None] * 4, texts=texts, ended=(END_OF_TEXT, END_OF_TEXT, END_OF_TEXT, TOKEN_LIMIT))
    found = sampled([{"base": base}], [], asked)
    table = problem_table(found, {"base": "Base"}, [0, 1, 2])
    assert list(table) == ["No.", "Expected", "Base", "Question"] and table["Expected"] == ["$7.00 (7)", "7", "7"]
    assert found.outcomes[0].hangs(0) and table["Base"][0].startswith("⚑ ") and table["Base"][1:] == ["–", "∅"]
    taught = dataclasses.replace(found.outcomes[0], problem=dataclasses.replace(asked[0], skill="two-step"))
    skilled = problem_table(dataclasses.replace(found, outcomes=(taught,)), {"base": "Base"}, [0])
    assert skilled["Skill"] == ["two-step"]
