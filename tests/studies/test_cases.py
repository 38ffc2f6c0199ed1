"""Prompts that people type or bring in a file: of which kind an answer is, what is expected, and what is left out."""

from __future__ import annotations

import gzip
from fractions import Fraction

import pytest

from hypviz.corpora import problems_from_bytes
from hypviz.errors import HypvizError
from hypviz.problems import CASE_STUDIES, CHOICE_STUDIES
from hypviz.records.problems import KINDS, LETTER, NUMBER, OPTION, TEXT, TRUTH, write_answer
from hypviz.studies.cases import given_cases, typed_case

INLINE = "Pick the even one. (A) 3 (B) 4 (C) 5"
LINES = "Which flies?\nA. cow\nB) dog\nC: bird\nAnswer with one letter."
RELEASE = "Please choose the correct answer to the question: wet?\n\nAnswer1: rain Answer2: sand\n\nAnswer format: answer1/answer2"


@pytest.mark.parametrize(
    ("question", "expected", "kind", "answer"),
    [
        ("2 + 2?", "4", NUMBER, Fraction(4)),
        ("2 + 2?", "", NUMBER, Fraction(0)),
        ("2 + 2?", "four or so", TEXT, "four or so"),
        (INLINE, "b", LETTER, "B"),
        (INLINE, "(C).", LETTER, "C"),
        (INLINE, "4", LETTER, "B"),
        (INLINE, "", LETTER, "A"),
        (INLINE, "17", NUMBER, Fraction(17)),
        (LINES, "bird", LETTER, "C"),
        (RELEASE, "Answer1", OPTION, "answer1"),
        (RELEASE, "sand", OPTION, "answer2"),
        (RELEASE, "", OPTION, "answer1"),
        ("Is it so? Say yes or no.", "No", TRUTH, "false"),
        ("Is it so, true or false?", "", TRUTH, "true"),
        ("Is it so?", "True", TRUTH, "true"),
        ("The capital of France?", "Paris", TEXT, "Paris"),
    ],
)
def test_the_kind_is_what_the_prompt_offers_and_what_is_expected(question: str, expected: str, kind: str, answer: Fraction | str) -> None:
    case = typed_case(question, expected)
    assert (case.problem.kind, case.problem.answer, case.is_marked) == (kind, answer, bool(expected)) and case.question == question


def test_options_have_their_texts() -> None:
    assert [option.text for option in typed_case(INLINE).problem.options] == ["3", "4", "5"]
    assert [option.text for option in typed_case(LINES).problem.options] == ["cow", "dog", "bird"]
    assert typed_case("Plan (A) is good.").problem.kind == typed_case("(A) one (C) two").problem.kind == NUMBER
    assert typed_case("B) only").problem.kind == typed_case("(A) (B) x").problem.kind == NUMBER


def test_a_kind_that_is_chosen_counts() -> None:
    assert typed_case("The number?", "42", TEXT).problem.answer == "42"
    assert typed_case("Well?", "", TEXT).is_marked is False
    with pytest.raises(HypvizError, match="'four' is not a number"):
        typed_case("How many?", "four", NUMBER)
    with pytest.raises(HypvizError, match="offers no options to answer with a letter; write them like"):
        typed_case("How many?", "A", LETTER)
    with pytest.raises(HypvizError, match="'perhaps' is none of true, false"):
        typed_case("So?", "perhaps", TRUTH)
    with pytest.raises(HypvizError, match="not 'song'"):
        typed_case("So?", "", "song")


@pytest.mark.parametrize("study", [*CASE_STUDIES, *CHOICE_STUDIES], ids=lambda study: study.title)
def test_a_case_study_that_is_typed_is_the_same_problem(study) -> None:
    case = typed_case(study.question, write_answer(study.answer))
    assert (case.problem.kind, case.problem.answer, case.problem.options) == (study.problem.kind, study.answer, study.problem.options)


def test_there_are_case_studies_of_every_kind() -> None:
    assert {study.problem.kind for study in (*CASE_STUDIES, *CHOICE_STUDIES)} == set(KINDS)
    titles = [study.title for study in (*CASE_STUDIES, *CHOICE_STUDIES)]
    assert len(set(titles)) == len(titles)


def test_a_text_file_has_one_prompt_a_line() -> None:
    found = given_cases("2 + 2?\n\n  Pick.\u2028 (A) x (B) y\r\n".encode(), "mine.txt")
    assert [(case.question, case.problem.kind, case.is_marked) for case in found.cases] == [
        ("2 + 2?", NUMBER, False),
        ("Pick.\u2028 (A) x (B) y", LETTER, False),
    ]
    assert given_cases(gzip.compress(b"2 + 2?"), "mine.txt.gz").cases[0].question == "2 + 2?"
    assert found.identity != given_cases(b"3", "mine.txt").identity


def test_rows_are_read_as_problem_sets_are_and_may_lack_an_answer() -> None:
    rows = b'{"question": "2?", "answer": "2"}\n{"question": "3?"}\n{"x": 1}\n{"question": "4?", "answer": [1, 2]}\n'
    found = given_cases(rows, "rows.jsonl")
    assert [(case.question, case.is_marked) for case in found.cases] == [("2?", True), ("3?", False)]
    assert found.n_skipped == 2 and "line 3" in found.skipped[0]
    assert found.cases[0].problem == problems_from_bytes(rows, "rows.jsonl").problems[0]
    table = given_cases(b"question,answer\nHow many?,7\n", "rows.txt")
    assert [case.problem.answer for case in table.cases] == [7]
    mixed = given_cases(b"question,answer\n1 + 1?,2\n2 + 1?,3\nThe capital of France?,Paris\n", "rows.csv")
    assert [case.problem.kind for case in mixed.cases] == [NUMBER, NUMBER, TEXT]


@pytest.mark.parametrize(("data", "name"), [(b"\n \n", "a.txt"), (b'{"x": 1}\n', "a.jsonl")])
def test_a_file_without_a_prompt_is_one_sentence(data: bytes, name: str) -> None:
    with pytest.raises(HypvizError, match="holds no prompt"):
        given_cases(data, name)
