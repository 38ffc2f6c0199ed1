"""Every form of problem rows: the kind, the question as it is asked, the answer and the options, and what is refused instead of guessed."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hypviz.corpora import problems_from_bytes, read_problems
from hypviz.corpora.forms import FORMS
from hypviz.errors import HypvizError
from hypviz.records.problems import LETTER, NUMBER, OPTION, TEXT, TRUTH, Choice, Problem
from hypviz.records.texts import ProblemSet

ARC = {"question": "What is hot?", "choices": {"text": ["ice", "fire"], "label": ["A", "B"]}, "answerKey": "B"}
NESTED = {
    "question": {"stem": "What is hot?", "choices": [{"text": "ice", "label": "1"}, {"text": "fire", "label": "2"}]},
    "answerKey": "2",
}
AQUA = {"question": "What is 2 + 2?", "options": ["A)3", "B)4"], "rationale": "2 + 2 = 4\nAnswer B", "correct": "B"}
PIQA = {"goal": "Cut bread", "sol1": "with a knife", "sol2": "with a spoon", "label": 0}
SIQA = {"context": "Ann ran.", "question": "How is Ann?", "answerA": "tired", "answerB": "cold", "answerC": "old", "label": "1"}
HELLA = {"activity_label": "Baking", "ctx": "She stirs and", "endings": ["flies", "pours"], "label": "1"}
WINO = {"sentence": "The cup fit the box because _ was small.", "option1": "cup", "option2": "box", "answer": "1"}
BOOLQ = {"question": "is fire hot", "passage": "Fire burns.", "answer": True}
HOT = "Please choose the correct answer to the question: What is hot?\n\nAnswer1: ice Answer2: fire\n\nAnswer format: answer1/answer2"
LETTERS = "What is 2 + 2? Answer Choices: (A) 3 (B) 4"
RELEASE = {"instruction": HOT, "input": "", "output": "the correct answer is answer2", "answer": "answer2"}


def of(*rows: object) -> ProblemSet:
    return problems_from_bytes("\n".join(json.dumps(row) for row in rows).encode(), "a.jsonl")


def one(row: object) -> Problem:
    (problem,) = of(row).problems
    return problem


def without(row: dict[str, Any], **changed: object) -> str:
    """The reason why the changed row is none beside a good one."""
    found = of({"question": "q", "answer": 1}, {**row, **changed})
    assert len(found.problems) == found.n_skipped == 1
    return found.skipped[0]


@pytest.mark.parametrize(
    ("row", "kind", "question", "answer", "labels"),
    [
        (ARC, OPTION, HOT, "answer2", ["answer1", "answer2"]),
        ({**ARC, "question": None, "question_stem": "What is hot?"}, OPTION, HOT, "answer2", ["answer1", "answer2"]),
        (NESTED, OPTION, HOT, "answer2", ["answer1", "answer2"]),
        (RELEASE, OPTION, HOT, "answer2", ["answer1", "answer2"]),
        ({"instruction": HOT, "output": "the correct answer is answer2"}, OPTION, HOT, "answer2", ["answer1", "answer2"]),
        (AQUA, LETTER, LETTERS, "B", ["A", "B"]),
        ({**AQUA, "options": ["3", "4"], "correct": "4"}, LETTER, LETTERS, "B", ["A", "B"]),
        ({**AQUA, "options": '["3", "4"]', "correct": "(b)"}, LETTER, LETTERS, "B", ["A", "B"]),
        ({"question": "What is 2 + 2?", "A": "3", "B": 4, "answer": "B"}, LETTER, LETTERS, "B", ["A", "B"]),
        ({"question": "What is hot?", "choices": ["ice", "fire"], "answer": 1}, LETTER, None, "B", ["A", "B"]),
        ({"instruction": LETTERS, "output": "It is 4. The answer is (B).", "answer": ["B"]}, LETTER, LETTERS, "B", ["A", "B"]),
        (
            PIQA, OPTION, "Please choose the correct solution to the question: Cut bread\n\nSolution1: with a knife\n\n"
            "Solution2: with a spoon\n\nAnswer format: solution1/solution2", "solution1", ["solution1", "solution2"],
        ),
        (
            SIQA, OPTION, "Please choose the correct answer to the question: Ann ran. How is Ann?\n\nAnswer1: tired Answer2: cold "
            "Answer3: old\n\nAnswer format: answer1/answer2/answer3", "answer1", ["answer1", "answer2", "answer3"],
        ),
        (
            HELLA, OPTION, "Please choose the correct ending to complete the given sentence: Baking: She stirs and\n\nEnding1: flies "
            "Ending2: pours\n\nAnswer format: ending1/ending2", "ending2", ["ending1", "ending2"],
        ),
        ({"ctx": "She", "endings": '["flies", "pours"]', "label": 0}, OPTION, None, "ending1", ["ending1", "ending2"]),
        (
            WINO, OPTION, "Please choose the correct answer to fill in the blank to complete the given sentence: The cup fit the box "
            "because _ was small.\n\nOption1: cup Option2: box Answer format: option1/option2", "option1", ["option1", "option2"],
        ),
        (
            BOOLQ, TRUTH, "Please answer the following question with true or false, question: is fire hot?\n\nAnswer format: true/false",
            "true", [],
        ),
        ({"question": "is fire hot?", "passage": "Fire.", "label": 0}, TRUTH, None, "false", []),
        ({"instruction": "Is it? \n\nAnswer format: true/false", "output": "", "answer": "False"}, TRUTH, None, "false", []),
    ],
)  # fmt: skip
def test_sets_that_offer_answers(row: dict[str, Any], kind: str, question: str | None, answer: str, labels: list[str]) -> None:
    found = one(row)
    assert (found.kind, found.answer, [option.label for option in found.options]) == (kind, answer, labels)
    assert question is None or found.question == question
    assert found.solution.endswith(f"The answer is {answer}." if kind == LETTER else f"the correct answer is {answer}")


def test_the_options_are_the_texts_without_their_labels() -> None:
    assert one(AQUA).options == (Choice(label="A", text="3"), Choice(label="B", text="4"))
    assert one(AQUA).solution == "2 + 2 = 4 The answer is B."
    assert one(RELEASE).options == one(ARC).options == (Choice(label="answer1", text="ice"), Choice(label="answer2", text="fire"))


@pytest.mark.parametrize(
    ("row", "changed", "words"),
    [
        (ARC, {"answerKey": "C"}, "the answer “C” is none of its 2 options (A, B)"),
        (ARC, {"choices": {"text": ["ice"], "label": ["A", "B"]}}, "has 2 labels for 1 options"),
        (ARC, {"choices": [{"label": "A", "text": "ice"}, {"label": "A", "text": "fire"}]}, "gives two options the same label"),
        (ARC, {"choices": [{"label": "A", "text": "ice"}, {"label": "B"}]}, "has no text for option 2"),
        (ARC, {"choices": ["ice"]}, "the options are no list of 2 to 26 texts"),
        (ARC, {"question": None}, "has no question"),
        (ARC, {"context": 3}, "has a context that is not text"),
        (ARC, {"answerKey": None}, "has no answer"),
        (ARC, {"answerKey": True}, "the answer is not one of its options"),
        (AQUA, {"options": ["4", "4"], "correct": "4"}, "the answer “4” may be several of its options"),
        (AQUA, {"options": ["1", "0"], "correct": 1}, "the answer “1” may be several of its options"),
        (AQUA, {"options": "[3"}, "the options are no list that can be read"),
        (RELEASE, {"answer": "answer3"}, "the answer “answer3” is none of answer1, answer2"),
        (RELEASE, {"instruction": HOT.replace("Answer2: ", "")}, "offers answer1, answer2 without saying what each of them is"),
        (RELEASE, {"output": "", "answer": ""}, "has no answer"),
        (RELEASE, {"context": 3}, "has a context that is not text"),
        (RELEASE, {"instruction": LETTERS, "answer": "E"}, "the answer “E” is none of its 2 options"),
        (PIQA, {"label": 2}, "the answer “2” is none of 0 to 1"),
        (PIQA, {"label": -1}, "has no answer, as in a test set"),
        (SIQA, {"label": 0}, "the answer “0” is none of 1 to 3"),
        (HELLA, {"label": ""}, "has no answer, as in a test set"),
        (HELLA, {"endings": "flies"}, "the endings are no list"),
        (HELLA, {"endings": ["flies"]}, "the endings are no list"),
        (WINO, {"answer": "3"}, "the answer “3” is none of 1 to 2"),
        (BOOLQ, {"answer": None, "label": None, "passage": "p"}, "has no answer"),
    ],
)
def test_an_answer_that_is_not_offered_is_refused(row: dict[str, Any], changed: dict[str, Any], words: str) -> None:
    assert words in without(row, **changed)


def test_superglue_rows_without_a_label_are_refused() -> None:
    assert "has no answer, as in" in without({"question": "is it", "passage": "It is.", "label": -1})


def test_places_that_may_count_from_one_are_refused_together() -> None:
    rows = [{"question": f"q{i}", "choices": ["ice", "fire"], "answer": answer} for i, answer in enumerate((1, 2, 1))]
    with pytest.raises(HypvizError, match="may be counted from 0 or from 1"):
        of(*rows)
    found = of({**rows[0], "answer": 0}, *rows)
    assert [problem.answer for problem in found.problems] == ["A", "B", "B"] and "none of its 2 options" in found.skipped[0]


def test_a_worked_text_that_names_another_option_is_left_out_and_counted() -> None:
    found = of({**RELEASE, "output": "the correct answer is answer1"}, {**AQUA, "rationale": "The answer is (A)."})
    assert [p.solution for p in found.problems] == ["the correct answer is answer2", "The answer is B."]
    assert found.notices == ("2 worked texts end in another answer than the row gives and are left out.",)


def test_boolq_says_that_passages_are_left_aside() -> None:
    assert any("without its passages" in notice for notice in of(BOOLQ).notices)


def test_it_is_said_how_options_are_named_when_they_are_asked() -> None:
    words = "Options are asked, and to be answered, as {} to {}, in the words of the paper's release."
    assert of(ARC).notices == (words.format("answer1", "answer2"),) and of(PIQA).notices == (words.format("solution1", "solution2"),)
    assert of(RELEASE).notices == of(AQUA).notices == of({"question": "q", "answer": 1}).notices == ()


USER, BOT = {"role": "user", "content": "What is 2 + 2?"}, {"role": "assistant", "content": "2 + 2 = 4\n#### 4"}


@pytest.mark.parametrize(
    ("turns", "question"),
    [
        ([USER, BOT], "What is 2 + 2?"),
        ([{"role": "system", "content": "Be brief."}, USER, BOT], "Be brief.\n\nWhat is 2 + 2?"),
        (
            [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, USER, BOT],
            "User: Hi\n\nAssistant: Hello!\n\nUser: What is 2 + 2?",
        ),
        ([{"from": "human", "value": "What is 2 + 2?"}, {"from": "gpt", "value": "2 + 2 = 4\n#### 4"}], "What is 2 + 2?"),
        ([{"role": "user", "content": [{"type": "text", "text": "What is 2 + 2?"}]}, BOT], "What is 2 + 2?"),
    ],
)
def test_conversations(turns: list[dict[str, Any]], question: str) -> None:
    for name in ("messages", "conversations"):
        found = one({name: turns})
        assert (found.kind, found.question, found.answer, found.solution) == (NUMBER, question, 4, "2 + 2 = 4 The answer is 4.")
    assert one({"messages": turns[:-1], "answer": "4"}).answer == 4


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([USER], "ends with a question that has no answer"),
        ([BOT], "has no turn of a user"),
        (["hello"], "has a turn without a speaker"),
        ([{"role": "tool", "content": "x"}], "has a turn of “tool”, which is not read"),
        ([{"role": "user", "content": [{"type": "image"}]}], "has a turn that is not text"),
    ],
)
def test_conversations_that_cannot_be_read(turns: list[object], words: str) -> None:
    assert words in without({"messages": turns})


def test_words_are_answers_where_most_rows_have_words() -> None:
    rows = [{"question": "Capital of France?", "answer": "Paris"}, {"question": "Of Spain?", "answer": "Madrid"}]
    found = of(
        *rows, {"question": "How many?", "answer": "3 or 4"}, {"question": "When?", "answer": 7}, {"question": "Is it?", "answer": True}
    )
    assert [(p.kind, p.answer) for p in found.problems] == [
        (TEXT, "Paris"),
        (TEXT, "Madrid"),
        (TEXT, "3 or 4"),
        (NUMBER, 7),
        (TRUTH, "true"),
    ]
    assert found.problems[0].solution == "The answer is Paris." and found.n_skipped == 0
    stray = of({"question": "q", "answer": 1}, {"question": "p", "answer": 2}, rows[0])
    assert len(stray.problems) == 2 and "“Paris” has no number" in stray.skipped[0]


def test_free_texts_of_alpaca_are_their_own_answers() -> None:
    row = {"instruction": "Name a fruit.", "input": "It is red.", "output": "An apple is a red fruit."}
    found = one(row)
    assert (found.kind, found.question, found.answer) == (TEXT, "Name a fruit.\nIt is red.", "An apple is a red fruit.")
    assert found.solution == found.answer
    both = one({"question": "Is it?", "answer": "True", "output": "It burns."})
    assert (both.kind, both.answer, both.solution) == (TRUTH, "true", "It burns. The answer is true.")


def test_a_set_of_several_forms_is_read_row_by_row() -> None:
    found = of(RELEASE, BOOLQ, PIQA, {"query": "How many?", "response": "4 + 4 = 8. The answer is: 8"}, {"question": "q", "result": "7"})
    assert Counter(p.kind for p in found.problems) == {OPTION: 2, TRUTH: 1, NUMBER: 2} and found.n_skipped == 0


def test_every_form_names_its_columns_and_fits_nothing_without_them() -> None:
    for form in FORMS.values():
        assert form.columns and form.label and not form.fits({})


def test_an_endless_answer_is_refused_before_it_is_read() -> None:
    assert "has an answer of 200,000 characters, more than the 20,000 that are read" in without(
        {"question": "q", "answer": "1 2 " * 50_000}
    )


DATA = os.environ.get("HYPVIZ_TEST_DATA")


@pytest.mark.skipif(DATA is None, reason="HYPVIZ_TEST_DATA names no folder of real texts")
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("aqua/dev.json", {LETTER: 254}),
        ("commonsense/ARC-Challenge-train.json", {OPTION: 1119}),
        ("math_data/math_data.json", {NUMBER: 3057, LETTER: 203}),
    ],
)
def test_real_sets_are_read_whole(name: str, kinds: dict[str, int]) -> None:
    found = read_problems(str(Path(DATA or "") / name))
    assert Counter(p.kind for p in found.problems) == kinds and found.n_skipped == 0


def test_a_list_of_one_value_is_that_value_as_the_release_of_svamp_has_it() -> None:
    """The worked texts of that file are a model's own and often end in another number: the answer cell is the answer."""
    row = {
        "instruction": "Ann has 19 cakes and 131 pies. How many more pies?",
        "input": "",
        "answer": [112.0],
        "output": "The answer is 94.",
    }
    found = of(row, {**row, "instruction": "How many cakes?", "answer": [19.0], "output": "She has 19. The answer is 19."})
    assert [(problem.kind, problem.answer) for problem in found.problems] == [(NUMBER, 112), (NUMBER, 19)]
    assert [problem.solution for problem in found.problems] == ["The answer is 112.", "She has 19. The answer is 19."]
    assert found.notices == ("1 worked text ends in another number than the answer and is left out.",)
    assert one({**RELEASE, "answer": ["answer2"]}).answer == "answer2"
    assert "the answer is a list of 2, not one number" in without(row, answer=[112.0, 19.0])
    assert "the answer is an object, not one number" in without(row, answer={"value": 112.0})


def test_rephrasings_of_one_problem_are_named_by_what_they_were_made_from() -> None:
    rows = [
        {"query": f"{way} 3 and 4?", "response": "The answer is: 7", "original_question": " Add 3 and 4? "}
        for way in ("Sum of", "Total of")
    ]
    found = of(*rows, {"question": "q", "answer": 1, "original_id": 12}, {"question": "r", "answer": 1, "group_id": " "})
    assert [problem.group for problem in found.problems] == ["Add 3 and 4?", "Add 3 and 4?", "12", None]
    assert found.fingerprint != of(*({**row, "original_question": ""} for row in rows)).fingerprint
