"""Samples of the harness: what can be marked is, what cannot is counted with its reason, and other files are refused in a sentence."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from hypviz.errors import HypvizError
from hypviz.exchange.against import compare
from hypviz.exchange.samples import read_samples
from hypviz.words.exchange import agreement_sentence, parting_sentences, samples_sentence
from tests.exchange.logged import logged


def test_question_text_reference_and_the_harness_own_marks() -> None:
    lines = logged(0, "So 18.", "Janet sells 9*2=<<9*2=18>>18.\n#### 18") + logged(0, "So 18.", "#### 18", filter="flexible-extract")
    svamp = {"Body": "Tom has 3.", "Question": "How many?"}
    lines += logged(1, ["a\u2028b 4", "5"], "4", doc=svamp) + "\n" + logged(2, "7", "7", doc="text", arguments=[])
    found = read_samples(lines, "samples.jsonl")
    first, second, third = found.rows
    assert (first.problem.answer, first.text, first.metrics) == (Fraction(18), "So 18.", {"right": 1.0})
    assert (second.problem.question, second.text) == ("Tom has 3. How many?", "a\u2028b 4")
    assert (third.problem.question, third.prompt) == ("", "")
    assert first.prompt == "Question: q0\nAnswer:" and first.problem.question == "q0"
    assert (found.n_skipped, found.most_samples) == (0, 2)
    assert "of which the first counts" in samples_sentence(3, 0, (), 2)


def test_a_task_that_hypviz_exported_says_what_kind_of_answer_it_has() -> None:
    told = {"question": "?", "kind": "letter", "answer": "B", "options": [{"label": "A", "text": "1"}, {"label": "B", "text": "2"}]}
    found = read_samples(logged(0, "(B)", "B", doc=told) + logged(1, "C", "C", doc=told | {"answer": "C"}), "s")
    assert found.rows[0].problem.kind == "letter" and found.skipped == ("line 2, the problem of kind letter has no answer of that kind",)


def test_rows_without_one_number_or_a_text_are_counted_with_reasons() -> None:
    choice = logged(2, [["-1.5", "False"]], "0")
    lines = logged(0, "7", "7") + logged(1, "x", "because it is so, and so on, and on, for ever and a day") + choice + logged(2, "1", "1")
    found = read_samples(lines, "s")
    assert (len(found.rows), found.n_skipped) == (1, 2)
    assert "line 2, the target “because it is so" in found.skipped[0] and "likelihood" in found.skipped[1]
    assert "2 rows left out" in samples_sentence(1, 2, found.skipped, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "because it is empty"),
        ("not json\n", "line 1, is no JSON; give a samples_"),
        ("[" * 100_000, "is no JSON"),
        ("[1]\n", "is no JSON object"),
        (json.dumps({"question": "q", "target": "3"}), "has no doc and no resps, so it is no sample"),
        (logged(0, "x", "why"), "has no sample that can be marked: line 1, the target “why” has no number"),
        (json.dumps({"doc": {}, "target": "3", "resps": []}), "there is no text that was generated"),
    ],
)
def test_other_files_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(HypvizError) as error:
        read_samples(text, "file.jsonl")
    assert sentence in str(error.value) and str(error.value).startswith("file.jsonl")


def ours(*columns: Any) -> str:
    return "".join(json.dumps({"question": f"q{i}", "columns": {"base": column}}) + "\n" for i, column in enumerate(columns))


def test_rows_are_compared_by_number_and_question() -> None:
    lines = logged(0, " It is 7.", "7") + logged(1, "It is 8.", "8") + logged(2, "The answer is 9 but", "9") + logged(5, "1", "1")
    texts = ["It is 7.\nQuestion: 8", "It is 80.", "The answer is 9 but"]
    answers = ours(
        *({"text": text, "ended": ("new question", "end of text", "token limit")[i]} for i, text in enumerate(texts)), {"text": "1"}
    )
    found = compare(read_samples(lines, "s"), answers, "base")
    assert (found.n, found.same_text, found.same_mark, found.right_ours, found.right_theirs, found.n_only_one) == (3, 2, 2, 2, 3, 2)
    (parting,) = found.partings
    assert (parting.number, parting.after, parting.right) == (2, 7, (False, True))
    assert compare(read_samples(lines, "s"), answers, "base", rule="careful").same_mark == 2
    assert "2 of 3 texts of base and 2 of 3 marks" in agreement_sentence("base", "paper", 3, 2, 2, (2, 3))
    assert "All 3 texts" in agreement_sentence("base", "paper", 3, 3, 3, (1, 1))
    said = parting_sentences([(n, 7, "It is 80.", "It is 8") for n in range(1, 6)])
    assert said[0] == "Problem 1: alike for 7 signs, then “0.” here and the end in the samples." and said[-1] == "2 more texts differ."


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ("nope", "Line 1 of the answers is no JSON"),
        ("[]", "has no question and columns"),
        (json.dumps({"question": "q0", "columns": {"lora": {}}}), "have no column 'base'; choose one of lora"),
        (json.dumps({"question": "other", "columns": {"base": {}}}), "no problem in common"),
    ],
)
def test_answers_that_are_none(answers: str, sentence: str) -> None:
    with pytest.raises(HypvizError, match=sentence):
        compare(read_samples(logged(0, "7", "7"), "s"), answers, "base")
