"""Corpora and problem files: every known form is read, every bad one gets its sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hypviz.corpora import corpus_from_bytes, problems_from_bytes, read_corpus, read_problems
from hypviz.errors import HypvizError

GSM = {"question": "How many?", "answer": "She has 1000+5 = <<1000+5=1005>>1,005.\n#### 1,005"}
PAPER = {"instruction": "How much?", "input": "", "output": "\nA: It is 4 + 4 = 8. The answer is 8.", "answer": "8.0"}
MAWPS = {"original_text": "How far ?", "equation": "x=1", "ans": 2.5}


def lines(*rows: object) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def test_the_three_problem_forms() -> None:
    (gsm,) = problems_from_bytes(lines(GSM), "a.jsonl").problems
    assert (gsm.question, gsm.answer, gsm.solution) == ("How many?", 1005.0, "She has 1000+5 = 1,005. The answer is 1005.")
    (paper,) = problems_from_bytes(json.dumps([PAPER]).encode(), "a.json").problems
    assert (paper.answer, paper.solution) == (8.0, "It is 4 + 4 = 8. The answer is 8.")
    (mawps,) = problems_from_bytes(lines(MAWPS), "a.jsonl").problems
    assert (mawps.answer, mawps.solution) == (2.5, "The answer is 2.5.")
    (bare,) = problems_from_bytes(b"question,answer\nHow old?,7\n", "a.csv").problems
    assert (bare.question, bare.answer) == ("How old?", 7.0)


def test_worked_text_that_contradicts_its_label_is_not_trained_on() -> None:
    row = {**PAPER, "answer": "9"}
    (problem,) = problems_from_bytes(json.dumps([row]).encode(), "a.json").problems
    assert problem.solution == "The answer is 9."


def test_unusable_rows_are_counted() -> None:
    found = problems_from_bytes(lines(GSM, {"question": "no answer"}, {"answer": "3"}, 7, {"question": "q", "answer": "none"}), "a.jsonl")
    assert len(found.problems) == 1 and found.n_skipped == 4
    corpus = corpus_from_bytes(lines({"text": "a"}, {"text": ""}, {"other": 1}), "a.jsonl")
    assert corpus.texts == ("a",) and corpus.n_skipped == 2 and corpus.field == "text"


def test_plain_text_is_one_text_a_line_and_bom_and_crlf_are_no_text() -> None:
    corpus = corpus_from_bytes(b"\xef\xbb\xbfone two\r\n\r\nthr\xc3\xa9e\r\n", "a.txt")
    assert corpus.texts == ("one two", "thrée") and corpus.field is None


def test_fingerprints_follow_the_texts() -> None:
    a, b, c = (corpus_from_bytes(t, "x.txt").fingerprint for t in (b"a\nb", b"a\n\nb\n", b"ab"))
    assert a == b != c


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"caf\xe9", "a.txt", "not UTF-8"),
        (b"", "a.txt", "no text"),
        (b" \n\n", "a.txt", "no text"),
        (b'{"x": 1', "a.jsonl", "line 1"),
        (b'[{"x": 1}', "a.json", "not valid JSON"),
        (b'{"x": 1}', "a.jsonl", "has none of the fields"),
        (b'{"text": 3}', "a.jsonl", "No row"),
        (b"a,b\n1,2\n", "a.csv", "it has a, b"),
    ],
)
def test_bad_corpora_get_one_sentence(data: bytes, name: str, words: str) -> None:
    with pytest.raises(HypvizError, match=words) as caught:
        corpus_from_bytes(data, name)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize("data", [b"", b"[]", b'{"question": "q"}', b'["a", "b"]'])
def test_files_without_problems_get_one_sentence(data: bytes) -> None:
    with pytest.raises(HypvizError, match=r"holds no problem|holds no rows|is empty"):
        problems_from_bytes(data, "a.jsonl")


def test_paths_and_names(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_bytes(lines(GSM))
    assert read_problems(str(tmp_path / "set.jsonl")).name == "set.jsonl"
    assert len(read_problems("two-step:4", limit=7, split="test").problems) == 7
    assert read_corpus("nested").n_skipped == 0
    for bad, words in [
        ("nope", "There is no problem set"),
        (str(tmp_path / "no.jsonl"), "There is no file"),
        (str(tmp_path), "is a folder"),
    ]:
        with pytest.raises(HypvizError, match=words):
            read_problems(bad)


@pytest.mark.skipif("HYPVIZ_TEST_DATA" not in os.environ, reason="HYPVIZ_TEST_DATA names no folder of real texts")
@pytest.mark.parametrize(("name", "n"), [("gsm8k/train.jsonl", 7473), ("mawps/trainset.json", 1898), ("mawps/test.json", 238)])
def test_real_files_are_read_whole(name: str, n: int) -> None:
    found = read_problems(str(Path(os.environ["HYPVIZ_TEST_DATA"]) / name))
    assert len(found.problems) + found.n_skipped == n and found.n_skipped <= n // 50


def test_a_question_is_counted_together_with_what_it_refers_to() -> None:
    rows = lines(
        {"instruction": "Add them.", "input": "17 and 25", "output": "42"}, {"instruction": "What is 2 + 2?", "input": "", "output": "4"}
    )
    found = corpus_from_bytes(rows, "alpaca.jsonl")
    assert found.texts == ("Add them.\n17 and 25", "What is 2 + 2?")
    assert found.notices == ("1 of 2 texts are “instruction” together with input.",)
    assert corpus_from_bytes(rows, "alpaca.jsonl", field="instruction").texts == ("Add them.", "What is 2 + 2?")
    assert found.texts == tuple(p.question for p in problems_from_bytes(rows, "alpaca.jsonl").problems)


def test_a_filled_column_without_a_name_is_said() -> None:
    found = problems_from_bytes(b",question,answer\n0,How many?,42\n,And now?,43\n", "frame.csv")
    assert [problem.answer for problem in found.problems] == [42, 43]
    assert found.notices == ("A column without a name in the header is left out (filled in 1 of 2 rows).",)
