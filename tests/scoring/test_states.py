"""A single answer as Compare judges it: right, wrong, unfinished, empty, and what both rules make of it."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from hypviz.problems import extract_answer, read_carefully
from hypviz.records.answers import (
    CUT,
    END_OF_TEXT,
    NEW_QUESTION,
    NO_NUMBER,
    NO_TEXT,
    RIGHT,
    STOPPED,
    TIME_LIMIT,
    TOKEN_LIMIT,
    WRONG,
    ComparedColumn,
    Comparison,
    Generation,
    is_cut,
)
from hypviz.records.asking import PLAIN_QUESTION
from hypviz.scoring import answer_states
from hypviz.words.comparison import finding
from tests.scoring.records import generation

TITLES = {"base": "Base", "lora": "LoRA", "hyplora": "HypLoRA"}


def said(text: str, ended: str = END_OF_TEXT) -> Generation:
    """An answer with this text, read by both rules."""
    part = text.partition("\nQuestion:")[0]
    read = {"answer": extract_answer(part), "careful": read_carefully(part, cut=is_cut(text, ended))}
    return dataclasses.replace(generation([1], (text,)), ended=ended, **read)


def compared(*generations: Generation) -> Comparison:
    columns = tuple(ComparedColumn(name=n, generation=g, notice=None) for n, g in zip(TITLES, generations, strict=False))
    return Comparison(question="q", asking=PLAIN_QUESTION, columns=columns)


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
        ("It is 3.\nQuestion: Tom has", TOKEN_LIMIT, WRONG, WRONG),
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
    assert answer_states(said(text, ended), Fraction(31)) == (paper, careful)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ((("31.", END_OF_TEXT), ("31.", END_OF_TEXT)), "The answer is 31, and Base and LoRA all find it."),
        ((("3.", END_OF_TEXT), ("30.", END_OF_TEXT)), "The answer is 31, and Base and LoRA all miss it."),
        ((("3", TOKEN_LIMIT),), "The answer is 31: Base unfinished."),
        ((("3", TOKEN_LIMIT), ("31.", END_OF_TEXT), ("30.", END_OF_TEXT)), "The answer is 31: LoRA right, HypLoRA wrong, Base unfinished."),
        ((("", END_OF_TEXT), ("so", END_OF_TEXT)), "The answer is 31: LoRA without a number, Base empty."),
    ],
)
def test_the_sentence_above_the_columns_calls_no_cut_answer_wrong(texts: tuple[tuple[str, str], ...], sentence: str) -> None:
    found = compared(*(said(*text) for text in texts))
    states = {column.name: answer_states(column.generation, Fraction(31))[0] for column in found.columns}
    assert finding(found, TITLES, Fraction(31), states) == sentence


def test_without_an_expected_number_a_cut_one_is_called_unfinished() -> None:
    found = finding(compared(said("3", TOKEN_LIMIT), said("\\frac{1}{4}")), TITLES, None, {})
    assert found == "The last number of each answer: Base 3 (unfinished), LoRA 4."
