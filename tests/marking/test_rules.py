"""Every marking rule on every kind of problem: what it reads, where it stands, and what it finds right."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.marking import DEFAULT, RULES, rules_for
from hypviz.records.problems import KINDS, LETTER, NUMBER, OPTION, TEXT, TRUTH, Choice, Problem

LETTERS = tuple(Choice(label=label, text=text) for label, text in zip("ABCDE", ("12", "14", "15", "A red one", "none"), strict=True))
PALMS = tuple(
    Choice(label=f"answer{i + 1}", text=text) for i, text in enumerate(("dry palms", "wet palms", "palms covered with oil", "oil"))
)


def problem(answer: Any, kind: str = NUMBER, options: tuple[Choice, ...] = (), given: str | None = None) -> Problem:
    return Problem(question="?", solution="", answer=answer, skill="file", source="x", kind=kind, options=options, given=given)


OF_KIND = {
    NUMBER: problem(Fraction(42), given="#### 42"),
    LETTER: problem("B", LETTER, LETTERS),
    TRUTH: problem("true", TRUTH),
    OPTION: problem("answer2", OPTION, PALMS),
    TEXT: problem("blue whale", TEXT),
}
# a text, and what careful reading and the paper's rule take for its answer
READ: dict[str, list[tuple[str, str | None, str | None]]] = {
    LETTER: [
        ("The answer is B.", "B", "B"),
        ("(A) is wrong, so the answer is (B).", "B", "B"),
        ("\\boxed{\\text{(C)}}", "C", "C"),
        ("A) 12 is too small. B) fits.\nAnswer: B", "B", "B"),
        ("Speed = 14, so B is the correct answer.\n#### B", "B", None),
        ("B", "B", None),
        ("B. 14", "B", None),
        ("The answer is 14", "B", None),
        ("A train leaves. It is A.", "A", "A"),
        ("A train leaves at 5.", None, None),
        ("The correct answer is A or B.", None, "A"),
        ("The answer is **B**", "B", None),
        ("Option B", "B", "B"),
        ("", None, None),
        ("no idea", None, None),
    ],
    TRUTH: [
        ("the correct answer is true", "true", "true"),
        ("Yes, it is.", "true", None),
        ("It is not true that water burns. The answer is false.", "false", "true"),
        ("false", "false", "false"),
        ("True and false are words.", "true", "true"),
        ("It may be true or false", None, "true"),
        ("nothing", None, None),
    ],
    OPTION: [
        ("the correct answer is answer2", "answer2", "answer2"),
        ("answer1 is cold, so the correct answer is answer2.", "answer2", "answer1"),
        ("The answer is wet palms.", "answer2", None),
        ("The answer is palms covered with oil", "answer3", None),
        ("Answer 2", "answer2", None),
        ("The answer is 2", "answer2", None),
        ("It could be answer1 or answer3", None, "answer1"),
        ("Oil", "answer4", None),
        ("warm hands", None, None),
    ],
    TEXT: [
        ("The answer is Blue whale.", "Blue whale", "The answer is Blue whale."),
        ("blue whale", "blue whale", "blue whale"),
        ("\\boxed{blue whale}", "blue whale", "\\boxed{blue whale}"),
        ("   ", None, None),
    ],
}
CASES = [(kind, *row) for kind, rows in READ.items() for row in rows]


@pytest.mark.parametrize(("kind", "text", "careful", "paper"), CASES)
def test_what_is_no_number_is_read_by_its_kind(kind: str, text: str, careful: str | None, paper: str | None) -> None:
    for name, value in (("careful", careful), ("paper", paper)):
        found = RULES[name].read(text, OF_KIND[kind])
        assert (None if found is None else found.value) == value, name


@pytest.mark.parametrize(
    ("text", "careful", "paper", "strict", "flexible"),
    [
        ("12 + 30 = 42\n#### 42", "42", "42", "42", "42"),
        ("#### 42.00", "42", "42", "42.00", "42.00"),
        ("It is $42.", "42", "42", None, "42"),
        ("3-4 is forty-two", None, "-4", None, "-4"),
        ("The answer is forty-two.", "42", None, None, None),
        ("The answer is one hundred and five apples.", "105", None, None, None),
        ("The answer is twenty and a half.", None, None, None, None),
        ("1,000 / 5 so \\boxed{\\frac{1}{2}}", "1/2", "2", None, "2"),
        ("#### 1,234", "1234", "1234", "1234", "1234"),
    ],
)
def test_a_number_by_every_rule(text: str, careful: str | None, paper: str | None, strict: str | None, flexible: str | None) -> None:
    wanted = {"careful": careful, "paper": paper, "lm-eval-strict": strict, "lm-eval-flexible": flexible}
    for name, value in wanted.items():
        found = RULES[name].read(text, OF_KIND[NUMBER])
        exact = value if value is None or name.startswith("lm") else Fraction(value)
        assert (None if found is None else found.value) == exact, name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so 9{,}500 in all", {"careful": "9{,}500", "paper": "500"}),
        ("He has −5 left", {"careful": "−5", "paper": "5"}),
        ("\\boxed{ \\frac12 } of 7", {"careful": "\\frac12", "paper": "7"}),
        ("it weighs ½ kg", {"careful": "½"}),
        ("<<3+4=7>>The answer is $1,250 now", {"careful": "$1,250", "paper": "1,250", "lm-eval-flexible": "$1,250"}),
        ("The answer is forty-two marbles", {"careful": "forty-two"}),
        ("#### 18 ", {"careful": "18", "lm-eval-strict": "18"}),
    ],
)
def test_the_span_is_where_the_number_stands_in_the_text_as_it_was_written(text: str, shown: dict[str, str]) -> None:
    for name, written in shown.items():
        found = RULES[name].read(text, OF_KIND[NUMBER])
        assert found is not None and text[found.start : found.end] == written, name


@pytest.mark.parametrize("text", ["The answer is 4", "The answer is B", "so B", "\\boxed{B", "the answer is tr"])
def test_a_cut_text_has_no_careful_answer_unless_it_was_marked_and_ended(text: str) -> None:
    for kind in KINDS:
        assert RULES["careful"].read(text, OF_KIND[kind], cut=True) is None or kind == TEXT


def test_a_box_that_was_closed_counts_in_a_cut_text() -> None:
    assert RULES["careful"].read("so \\boxed{B} and then", OF_KIND[LETTER], cut=True) is not None
    found = RULES["careful"].read("The answer is B. Then", OF_KIND[LETTER], cut=True)
    assert found is None or found.value == "B"


@given(st.text(max_size=60), st.sampled_from(KINDS), st.booleans())
def test_no_text_breaks_a_rule_and_every_span_lies_in_it(text: str, kind: str, cut: bool) -> None:
    for rule in rules_for(frozenset({kind})).values():
        found = rule.read(text, OF_KIND[kind], cut=cut)
        if found is not None:
            assert 0 <= found.start < found.end <= len(text)
            assert rule.is_right(found.value, OF_KIND[kind]) in (True, False)


def test_what_is_right_by_each_rule() -> None:
    number, letter, truth, text = OF_KIND[NUMBER], OF_KIND[LETTER], OF_KIND[TRUTH], OF_KIND[TEXT]
    for name in ("careful", "paper"):
        rule = RULES[name]
        assert (
            rule.is_right(Fraction("42.001"), number) and not rule.is_right(Fraction("42.002"), number) and not rule.is_right("42", number)
        )
        assert rule.is_right("B", letter) and not rule.is_right("A", letter) and rule.is_right("true", truth)
    assert RULES["careful"].is_right("Blue  Whale", text) and not RULES["paper"].is_right("Blue Whale", text)
    for name in ("lm-eval-strict", "lm-eval-flexible"):
        assert RULES[name].is_right("42", number) and not RULES[name].is_right("42.00", number)
        assert RULES[name].is_right("42", problem(Fraction(42))) and not RULES[name].is_right(Fraction(42), number)


def test_the_harness_s_rules_mark_numbers_only() -> None:
    assert list(rules_for(frozenset({NUMBER}))) == list(RULES) and next(iter(RULES)) == DEFAULT
    assert list(rules_for(frozenset({NUMBER, LETTER}))) == ["careful", "paper"]
