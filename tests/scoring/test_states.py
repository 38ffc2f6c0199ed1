"""Answers as Compare judges them, of every kind: right, wrong, unfinished, empty, only read, and what the other rules make of them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from hypviz.errors import HypvizError
from hypviz.records.answers import (
    CUT,
    END_OF_TEXT,
    NEW_QUESTION,
    NO_NUMBER,
    NO_TEXT,
    READ,
    RIGHT,
    STOPPED,
    TIME_LIMIT,
    TOKEN_LIMIT,
    WRONG,
    Generation,
)
from hypviz.records.cases import Case
from hypviz.records.evaluations import Outcome
from hypviz.records.problems import LETTER, OPTION, TEXT, TRUTH, Choice, Problem
from hypviz.scoring import judged, worked_steps
from hypviz.words.comparison import finding, other_rules, time_taken
from tests.scoring.records import generation, problem

TITLES = ("Base", "LoRA", "HypLoRA")
LETTERS = tuple(Choice(label=letter, text=text) for letter, text in zip("ABC", ("cat", "dog", "cow"), strict=True))
OPTIONS = tuple(Choice(label=f"answer{n}", text=text) for n, text in ((1, "dry"), (2, "wet")))


def said(text: str, ended: str = END_OF_TEXT) -> Generation:
    """An answer with this text."""
    return dataclasses.replace(generation([1], (text,)), ended=ended)


def case(answer: float | str = 31.0, kind: str = "number", options: tuple[Choice, ...] = (), *, is_marked: bool = True) -> Case:
    if not isinstance(answer, str):
        return Case(problem=problem(answer), is_marked=is_marked)
    asked = Problem(question="q", solution="", answer=answer, skill="s", source="t", kind=kind, options=options)
    return Case(problem=asked, is_marked=is_marked)


def seen(asked: Case, *texts: tuple[str, str], rule: str = "careful") -> Outcome:
    return judged(asked, [said(*text) for text in texts], rule)


@pytest.mark.parametrize(
    ("text", "ended", "paper", "careful"),
    [
        ("So it is 31.", END_OF_TEXT, RIGHT, RIGHT),
        ("12 + 19 = 3", TOKEN_LIMIT, CUT, CUT),
        ("12 + 19 = 3", STOPPED, CUT, CUT),
        ("12 + 19 = 3", TIME_LIMIT, CUT, CUT),
        ("12 + 19 = 3", END_OF_TEXT, WRONG, WRONG),
        ("The answer is 31. And", TOKEN_LIMIT, RIGHT, RIGHT),
        ("12 + 19 = 31", TOKEN_LIMIT, RIGHT, CUT),  # 31.5 may have been coming
        ("It is 3.\nQuestion: 31", NEW_QUESTION, WRONG, WRONG),
        ("It is 3.\nQuestion: 31", END_OF_TEXT, RIGHT, RIGHT),  # in a chat nothing ends there
        ("It is 31.", NEW_QUESTION, RIGHT, RIGHT),
        ("twelve", END_OF_TEXT, NO_NUMBER, NO_NUMBER),
        ("", END_OF_TEXT, NO_TEXT, NO_TEXT),
        (" \n", NEW_QUESTION, NO_TEXT, NO_TEXT),
        ("", TOKEN_LIMIT, CUT, CUT),
        ("\\boxed{31} of 40", END_OF_TEXT, WRONG, RIGHT),
        ("31,", END_OF_TEXT, RIGHT, RIGHT),
    ],
)
def test_every_ending_has_its_state(text: str, ended: str, paper: str, careful: str) -> None:
    marks = seen(case(), (text, ended)).marks
    assert (marks["paper"][0].state, marks["careful"][0].state) == (paper, careful) and "lm-eval-strict" in marks


@pytest.mark.parametrize(
    ("asked", "text", "state", "read"),
    [
        (case("B", LETTER, LETTERS), "The answer is (B) dog.", RIGHT, "B"),
        (case("B", LETTER, LETTERS), "The answer is C.", WRONG, "C"),
        (case("B", LETTER, LETTERS), "No idea", NO_NUMBER, None),
        (case("answer2", OPTION, OPTIONS), "the correct answer is answer2", RIGHT, "answer2"),
        (case("false", TRUTH), "No.", RIGHT, "no"),
        (case("chair", TEXT), "The answer is chair.", RIGHT, "chair"),
        (case("answer1", OPTION, OPTIONS, is_marked=False), "the correct answer is answer2", READ, "answer2"),
        (case(0.0, is_marked=False), "It is 0.", READ, "0"),
        (case(0.0, is_marked=False), "I cannot say", NO_NUMBER, None),
    ],
)
def test_every_kind_is_marked_and_what_was_read_stands_in_the_text(asked: Case, text: str, state: str, read: str | None) -> None:
    outcome = seen(asked, (text, END_OF_TEXT))
    mark = outcome.marks["careful"][0]
    assert mark.state == state and (None if mark.value is None else text[mark.start : mark.end].lower()) == (read and read.lower())
    assert set(outcome.marks) == ({"careful", "paper"} if asked.problem.kind != "number" else {*outcome.marks})


def test_a_rule_for_numbers_alone_is_refused_for_letters() -> None:
    with pytest.raises(HypvizError, match="does not mark"):
        seen(case("B", LETTER, LETTERS), ("B", END_OF_TEXT), rule="lm-eval-strict")


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ((("31.", END_OF_TEXT), ("31.", END_OF_TEXT)), "The answer is 31, and Base and LoRA all find it."),
        ((("3.", END_OF_TEXT), ("30.", END_OF_TEXT)), "The answer is 31, and Base and LoRA all miss it."),
        ((("3", TOKEN_LIMIT),), "The answer is 31: Base unfinished."),
        ((("3", TOKEN_LIMIT), ("31.", END_OF_TEXT), ("30.", END_OF_TEXT)), "The answer is 31: LoRA right, HypLoRA wrong, Base unfinished."),
        ((("", END_OF_TEXT), ("so", END_OF_TEXT)), "The answer is 31: LoRA without an answer, Base empty."),
    ],
)
def test_the_sentence_above_the_columns_calls_no_cut_answer_wrong(texts: tuple[tuple[str, str], ...], sentence: str) -> None:
    assert finding(case(), seen(case(), *texts), TITLES[: len(texts)]) == sentence


def test_without_an_expected_answer_what_was_read_is_said_and_a_cut_one_is_called_unfinished() -> None:
    asked = case(0.0, is_marked=False)
    outcome = seen(asked, ("It is 3", TOKEN_LIMIT), ("\\frac{1}{4}", END_OF_TEXT), ("so", END_OF_TEXT), rule="paper")
    assert finding(asked, outcome, TITLES) == "Read as the answer (the paper's rule): Base 3 (unfinished), LoRA 4, HypLoRA no answer found."
    assert other_rules(outcome, 1) == [("Careful: 0.25", READ)] and other_rules(outcome, 2) == []


def test_rules_that_judge_otherwise_are_named_together() -> None:
    (one,) = other_rules(seen(case(0.5), ("It is 1/2", END_OF_TEXT)), 0)
    assert one == ("The paper's and lm-eval flexible: 2, wrong", WRONG)
    assert other_rules(seen(case(), ("3", END_OF_TEXT)), 0) == []
    (three,) = other_rules(seen(case(), ("It is 31.", END_OF_TEXT), rule="lm-eval-strict"), 0)
    assert three == ("Careful, the paper's and lm-eval flexible: 31, right", RIGHT)
    assert other_rules(seen(case(), ("\\boxed{31} of 40", END_OF_TEXT), rule="paper"), 0)[0] == ("Careful: 31, right", RIGHT)
    silent = other_rules(seen(case(31.0), ("31 or 40. It is 31", TOKEN_LIMIT), rule="paper"), 0)
    assert silent == [("Careful: no answer found, unfinished", CUT)]


def test_steps_are_those_of_the_answer_up_to_what_was_read() -> None:
    text = "12 + 19 = 32. The answer is 32.\nQuestion: 1 + 1 = 2"
    (step,) = worked_steps(seen(case(), (text, NEW_QUESTION)), 0)
    assert (step.is_right, step.value, text[step.start : step.end]) == (False, Fraction(31), "12 + 19 = 32")
    assert len(worked_steps(seen(case(), ("1 + 1 = 2 so", TOKEN_LIMIT)), 0)) == 1
    assert worked_steps(seen(case("B", LETTER, LETTERS), ("1 + 1 = 2, B)", END_OF_TEXT)), 0) == ()


def test_the_time_of_measuring_is_told_apart_from_that_of_answering() -> None:
    assert time_taken(said("31")) == "1 token in 0.1 s, measured in 0.1 s more"
