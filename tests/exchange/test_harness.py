"""The task folder: its module marks as hypviz does, its rows hold prompts and exact answers, and what cannot be repeated is refused."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
import zipfile
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hypviz.errors import HypvizError
from hypviz.exchange.harness import stops, task_files, task_name, zipped
from hypviz.exchange.harness_module import module_text
from hypviz.exchange.marks import CAREFUL, PAPER, mark, marks
from hypviz.problems import extract_answer, is_right
from hypviz.records.answers import TOKEN_LIMIT, Decoding, Evaluation
from hypviz.records.numbers import exact
from tests.scoring.records import answers, evaluated, problem

TEXTS = [
    "",
    "It is 7.",
    "so 1,234.5 in all",
    "−5 or -5",
    "x-5",
    "3-4",
    "a .5 share",
    "1e5",
    "12.",
    "٣",
    "9" * 400,
    "The answer is 1/2",
    "7\nQuestion: 9",
    "1,2,3,",
    "6.9995",
    "7.0010",
    "7.00101",
]


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluated({"base": answers([150.0, 2.0], texts=("It is 150.\nQuestion: 3", "2")), "lora": answers([1.0, None])}, [150.0, 0.1])


def module(rule: str) -> ModuleType:
    made = ModuleType("marks")
    exec(compile(module_text("hypviz_set", "1", rule), "marks.py", "exec"), made.__dict__)
    return made


@pytest.mark.parametrize("rule", [PAPER, CAREFUL])
def test_the_module_of_the_task_marks_as_hypviz_does(rule: str) -> None:
    marks_of_task: Any = module(rule).process_results
    for gold in ("7", "0.5", "1234.5", "-5", "1/3"):
        asked = dataclasses.replace(problem(1.0), answer=Fraction(gold))
        for text in TEXTS:
            theirs = marks_of_task({"question": "q", "answer": gold}, [text])
            assert theirs == {"right": float(mark(rule, text, asked).right)}, (rule, gold, text)


def test_a_mark_by_the_papers_rule_is_that_of_the_last_number() -> None:
    for text in TEXTS:
        said = text.partition("\nQuestion:")[0]
        got = mark(PAPER, text, problem(7.0))
        assert got.value == extract_answer(said) and got.right == is_right(got.value, exact(7))
    with pytest.raises(HypvizError, match="no rule 'nope'"):
        mark("nope", "7", problem(7.0))


def test_a_task_without_hypviz_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypviz.exchange.samples", None)
    with pytest.raises(ImportError, match="install hypviz, or export it with the rule paper"):
        module(CAREFUL).process_results({"question": "q", "answer": "7"}, ["7"])
    assert module(PAPER).process_results({"answer": "7"}, ["7"]) == {"right": 1.0}


def test_the_rows_hold_prompts_exact_answers_and_what_hypviz_answered(found: Evaluation) -> None:
    files = task_files(found, version="1", prompt_of=lambda question: f"<s>{question}</s>")
    assert set(files) == {"hypviz_set.yaml", "marks.py", "problems.jsonl", "answers.jsonl", "README.md"}
    rows = [json.loads(line) for line in files["problems.jsonl"].splitlines()]
    assert [(row["number"], row["prompt"], row["answer"]) for row in rows] == [(1, "<s>q</s>", "150"), (2, "<s>q</s>", "0.1")]
    said = [json.loads(line)["columns"] for line in files["answers.jsonl"].splitlines()]
    assert said[0]["base"] == {"text": "It is 150.", "ended": "end of text", "state": "right", "right": True}
    assert said[1]["lora"]["ended"] == TOKEN_LIMIT
    assert '["\\nQuestion:"]' in files["hypviz_set.yaml"] and "max_gen_toks: 96" in files["hypviz_set.yaml"]
    assert (
        "needs nothing but Python" in files["README.md"] and "imports hypviz" in task_files(found, version="1", rule=CAREFUL)["README.md"]
    )


def test_names_stops_and_the_zip(found: Evaluation) -> None:
    assert task_name(dataclasses.replace(found, problems="GSM8K (test).jsonl")) == "hypviz_gsm8k_test_jsonl"
    assert task_name(dataclasses.replace(found, problems="数学")) == "hypviz_problems"
    assert stops(Decoding(max_new_tokens=5, stop_at_question=False)) == []
    files = task_files(found, version="1")
    data = zipped(files, "folder")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("folder/problems.jsonl").decode() == files["problems.jsonl"]
    assert zipped(files, "folder") == data


def test_what_the_harness_cannot_repeat_is_refused(found: Evaluation) -> None:
    sampled = dataclasses.replace(found, decoding=Decoding(max_new_tokens=5, temperature=0.7))
    with pytest.raises(HypvizError, match="were sampled"):
        task_files(sampled, version="1")
    with pytest.raises(HypvizError, match="no rule 'nope'"):
        task_files(found, version="1", rule="nope")


def test_every_rule_marks_a_row(found: Evaluation) -> None:
    paper, careful = marks(found.outcomes[0], 0)
    assert (paper.rule, paper.right, careful.rule, careful.right) == (PAPER, True, CAREFUL, True)


def test_the_module_reads_the_problems_beside_it(tmp_path: Path, found: Evaluation) -> None:
    pytest.importorskip("datasets")
    for name, text in task_files(found, version="1").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = ModuleType("marks")
    made.__file__ = str(tmp_path / "marks.py")
    exec((tmp_path / "marks.py").read_text(encoding="utf-8"), made.__dict__)
    assert made.problems(version=1.0)["test"][1]["answer"] == "0.1"
