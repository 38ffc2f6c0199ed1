"""Problems: the answer follows from the text, splits are disjoint, the parser reads what people write."""

from __future__ import annotations

import random
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.problems import CASE_STUDIES, PROBLEM_SET_NAMES, extract_answer, format_prompt, is_right, problem_set, write_number
from hypviz.problems.arithmetic import evaluate, steps
from hypviz.problems.facts import kind_of, make_facts
from hypviz.problems.grammar import SKILLS
from hypviz.problems.many_step import THREE_STEP, TWO_STEP
from hypviz.problems.one_step import COMPARISON, OPERATIONS, RATE
from hypviz.problems.taxonomy import ALL_MEMBERS, OVERLAPS, SORTS, TAXONOMY, category_of, members, plural
from hypviz.problems.words import Draw

EQUATION = re.compile(r"(\d+) ([-+*/]) (\d+) = (\d+)")


@pytest.mark.parametrize("skill", SKILLS)
def test_every_written_equation_holds_and_ends_in_the_answer(skill: str) -> None:
    for problem in problem_set(skill, 300):
        equations = EQUATION.findall(problem.solution)
        assert equations, problem.solution
        for left, operator, right, result in equations:
            a, b = Fraction(left), Fraction(right)
            assert {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[operator] == Fraction(result), problem.solution
        assert problem.answer == float(equations[-1][3]) == extract_answer(problem.solution)
        assert problem.solution.endswith(f"The answer is {write_number(problem.answer)}.")
        assert "{" not in problem.question + problem.solution
        first = set(re.findall(r"\d+", equations[0][0] + " " + equations[0][2]))
        assert first <= set(re.findall(r"\d+", problem.question)), "the first equation uses numbers of the question"


def test_nested_problems_count_only_the_category() -> None:
    names = {plural(m): m for m in ALL_MEMBERS}
    categories = {plural(c): c for c in TAXONOMY}
    for problem in problem_set("nested", 200):
        asked = next(c for p, c in categories.items() if f"How many {p} " in problem.question)
        counted = [(int(n), names[w]) for n, w in re.findall(r"(\d+) ([a-z]+)", problem.question) if w in names]
        assert len(counted) == 3
        assert problem.answer == sum(n for n, m in counted if category_of(m) == asked)
        outside = [category_of(m) for _, m in counted if category_of(m) != asked]
        assert len(outside) == 1 and OVERLAPS.get(asked) != outside[0]


def test_three_step_problems_need_three_operations_and_kinds_count_only_their_members() -> None:
    names = {plural(m): m for m in ALL_MEMBERS}
    kinds = {plural(k): k for c in TAXONOMY for k in TAXONOMY[c]}
    asked_kinds = 0
    for problem in problem_set("three-step", 300):
        assert len(EQUATION.findall(problem.solution)) == 3, problem.solution
        match = re.match(r"The ([a-z ]+) are the ([a-z]+) and the ([a-z]+)\. First", problem.solution)
        if match:
            asked_kinds += 1
            assert {kind_of(names[word]) for word in match.groups()[1:]} == {kinds[match[1]]}
            others = {names[w] for w in re.findall(r"\d+ ([a-z]+)", problem.question) if w in names} - {
                names[w] for w in match.groups()[1:]
            }
            assert len(others) == 1 and category_of(others.pop()) != category_of(names[match[2]])
    assert asked_kinds > 30


def test_facts_say_only_what_the_taxonomy_says() -> None:
    draw, seen = Draw(random.Random(0)), 0
    every = {*ALL_MEMBERS, *(sort for sorts in SORTS.values() for sort in sorts)}
    above = {m: {category_of(m), kind_of(m)} for m in ALL_MEMBERS}
    above |= {sort: {member, category_of(member)} for member, sorts in SORTS.items() for sort in sorts}
    for text in (make_facts(draw) for _ in range(3000)):
        assert "{" not in text and (text[0].isupper() or text[0].isdigit()) and text.endswith((".", "?"))
        for noun, kind in re.findall(r"(?:^|[.?] )An? ([a-z ]+) is an? (?:kind of )?([a-z ]+?)(?:\.|, and)", text):
            assert noun in every and kind in above[noun], text
            seen += 1
    assert seen > 500


def test_splits_share_no_problem_and_sets_are_repeatable() -> None:
    train = {p.question for name in PROBLEM_SET_NAMES for p in problem_set(name, 400)}
    test = {p.question for name in PROBLEM_SET_NAMES for p in problem_set(f"{name}:5", 200, split="test")}
    assert not train & test
    assert problem_set("average:3", 40) == problem_set("average:3", 50)[:40]
    assert problem_set("average:3", 5) != problem_set("average:4", 5)
    assert len({p.question for p in problem_set("two-step", 500)}) == 500


def test_no_majority_answer_pays() -> None:
    for skill in SKILLS:
        answers = [p.answer for p in problem_set(skill, 500, split="test")]
        assert max(answers.count(a) for a in set(answers)) / 500 < 0.08, skill


def test_the_grammar_is_as_rich_as_it_says() -> None:
    assert all(len(set(forms)) >= 10 for forms in [*OPERATIONS.values(), COMPARISON, RATE])
    assert sum(len(forms) for forms in TWO_STEP.values()) >= 10 and sum(len(forms) for forms in THREE_STEP.values()) >= 10
    assert all(set(sorts) and sort_of in ALL_MEMBERS and not set(sorts) & set(ALL_MEMBERS) for sort_of, sorts in SORTS.items())
    assert len(TAXONOMY) >= 8 and all(len(members(c)) >= 12 and len(TAXONOMY[c]) == 2 for c in TAXONOMY)
    assert len(set(ALL_MEMBERS)) == len(ALL_MEMBERS)


@pytest.mark.parametrize("name", ["nope", "one-step:", "one-step:x", "one-step:-1", "one-step:²", ""])
def test_unknown_names_are_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(HypvizError):
        problem_set(name, 3)


def test_more_problems_than_anyone_waits_for_are_refused_at_once() -> None:
    with pytest.raises(HypvizError, match=r"'two-step'.*1,000,001.*at most 1,000,000"):
        problem_set("two-step", 1_000_001)


def test_a_seed_too_long_to_be_a_number_is_one_sentence() -> None:
    with pytest.raises(HypvizError, match="not a whole number"):
        problem_set("two-step:" + "9" * 5000, 1)


def test_operation_trees_refuse_remainders_and_negatives() -> None:
    assert evaluate((((2, "+", 3), "*", 4), "/", 10)) == 2
    assert steps(((2, "+", 3), "*", 4)) == ["2 + 3 = 5", "5 * 4 = 20"]
    for bad in [(7, "/", 2), (7, "/", 0), (2, "-", 3)]:
        with pytest.raises(ValueError, match=r"whole|negative"):
            evaluate(bad)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 47.", 47.0),
        ("It costs $1,234.50, I think", 1234.5),
        ("first 3 then 5-2", -2.0),
        ("minus: -3", -3.0),
        ("5 apples.", 5.0),
        ("nothing here", None),
        ("", None),
        ("12 + 3 = 15\n", 15.0),
        (".5", 5.0),
        ("1,5", 15.0),
        ("9" * 400, None),
    ],
)
def test_the_last_number_is_read(text: str, number: float | None) -> None:
    assert extract_answer(text) == number


@given(st.text(alphabet="abc .,$\n", max_size=30), st.integers(-(10**9), 10**9))
def test_a_number_at_the_end_is_always_found(text: str, value: int) -> None:
    assert extract_answer(f"{text} {value}.") == value
    assert extract_answer(f"{text} {value:,}") == value


def test_tolerance() -> None:
    assert is_right(3.0005, 3.0) and not is_right(3.002, 3.0) and not is_right(None, 3.0)


def test_case_studies_have_their_own_questions_and_checked_answers() -> None:
    assert len({c.question for c in CASE_STUDIES}) == len(CASE_STUDIES) >= 6
    assert {c.answer for c in CASE_STUDIES} == {42.0, 31.0, 15.0, 12.0, 6.0, 20.0, 36.0, 41.0}
    assert format_prompt(" x ") == "Question: x\nAnswer:"
