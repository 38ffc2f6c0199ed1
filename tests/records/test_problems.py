"""Problems of every kind: what may be an answer to which, and how an answer is written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from hypviz.records.problems import (
    LETTER,
    NUMBER,
    OPTION,
    TEXT,
    TRUTH,
    Choice,
    Problem,
    json_answer,
    show_answer,
    write_answer,
)

TWO = (Choice(label="answer1", text="dry palms"), Choice(label="answer2", text="wet palms"))


def problem(**given: Any) -> Problem:
    return Problem(**({"question": "?", "solution": "so", "answer": Fraction(1), "skill": "file", "source": "x"} | given))


@pytest.mark.parametrize(
    "given",
    [
        {"answer": Fraction(3, 4)},
        {"answer": "A", "kind": LETTER, "options": (Choice(label="A", text="1"), Choice(label="B", text="2"))},
        {"answer": "true", "kind": TRUTH},
        {"answer": "answer2", "kind": OPTION, "options": TWO},
        {"answer": "blue whale", "kind": TEXT},
    ],
)
def test_a_problem_of_every_kind_is_read_back_as_it_was_written(given: dict[str, Any]) -> None:
    one = problem(**given)
    assert Problem.from_json(one.to_json()) == one and one.kind == given.get("kind", NUMBER)


def test_a_file_of_before_the_kinds_holds_numbers() -> None:
    text = problem().to_json().replace(', "kind": "number", "options": []', "")
    assert "kind" not in text and Problem.from_json(text).kind == NUMBER


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "colour"}, "not by 'colour'"),
        ({"answer": "red"}, "is no number"),
        ({"kind": TEXT}, "needs a text"),
        ({"kind": TEXT, "answer": " "}, "needs a text"),
        ({"kind": TRUTH, "answer": "yes"}, "true or false"),
        ({"kind": OPTION, "answer": "answer3", "options": TWO}, "none of the options answer1, answer2"),
        ({"kind": OPTION, "answer": "answer1", "options": (TWO[0], TWO[0])}, "same label"),
    ],
)
def test_what_is_no_problem_of_its_kind_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        problem(**given)


def test_answers_are_written_whole_and_shown_short() -> None:
    assert (write_answer(Fraction(1, 2)), show_answer(Fraction(1, 3)), json_answer(Fraction(5))) == ("0.5", "1/3", 5)
    assert (write_answer("answer2"), show_answer("answer2"), json_answer("answer2"), show_answer(None)) == (*["answer2"] * 3, "none")
    assert write_answer("x" * 30) == "x" * 30 and show_answer("x" * 30) == f"{'x' * 22} …"
    with pytest.raises(ValueError, match="is no number"):
        _ = problem(answer="x", kind=TEXT).number
