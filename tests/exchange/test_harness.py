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
from hypviz.exchange.marks import PAPER, judge
from hypviz.exchange.samples import exported_problem
from hypviz.marking import RULES
from hypviz.records.answers import END_OF_TEXT, NEW_QUESTION, TOKEN_LIMIT, Decoding
from hypviz.records.evaluations import Evaluation
from hypviz.records.problems import LETTER, Choice, Problem
from hypviz.scoring import recount
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
    return evaluated(
        {
            "base": answers([150.0, 2.0], texts=("It is 150.\nQuestion: 3", "2"), ended=(NEW_QUESTION, END_OF_TEXT)),
            "lora": answers([1.0, None]),
        },
        [150.0, 0.1],
    )


def module(rule: str, *, alone: bool = False) -> ModuleType:
    made = ModuleType("marks")
    exec(compile(module_text("hypviz_set", "1", rule, alone=alone), "marks.py", "exec"), made.__dict__)
    return made


@pytest.mark.parametrize("rule", [*RULES, "alone"])
def test_the_module_of_the_task_marks_as_hypviz_does(rule: str) -> None:
    of_task: Any = (module(PAPER, alone=True) if rule == "alone" else module(rule)).process_results
    for gold in ("7", "0.5", "1234.5", "-5", "1/3"):
        asked = dataclasses.replace(problem(1.0), answer=Fraction(gold))
        for text in TEXTS:
            theirs = of_task({"question": "q", "answer": gold, "kind": "number"}, [text])
            assert theirs == {"right": float(judge(PAPER if rule == "alone" else rule, text, asked).right)}, (rule, gold, text)


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(HypvizError, match="nope"):
        judge("nope", "7", problem(7.0))


def test_a_task_without_hypviz_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypviz.exchange.samples", None)
    with pytest.raises(ImportError, match="install hypviz, or mark numbers by the rule paper"):
        module("careful").process_results({"question": "q", "answer": "7"}, ["7"])
    assert module(PAPER, alone=True).process_results({"answer": "7"}, ["7"]) == {"right": 1.0}


def test_the_rows_hold_prompts_exact_answers_and_what_hypviz_answered(found: Evaluation) -> None:
    files = task_files(recount(found, PAPER), version="1", prompts={f"q {i}": f"<s>q {i}</s>" for i in range(2)})
    assert set(files) == {"hypviz_set.yaml", "marks.py", "problems.jsonl", "answers.jsonl", "README.md"}
    rows = [json.loads(line) for line in files["problems.jsonl"].splitlines()]
    assert [(row["number"], row["prompt"], row["answer"]) for row in rows] == [(1, "<s>q 0</s>", "150"), (2, "<s>q 1</s>", "0.1")]
    said = [json.loads(line)["columns"] for line in files["answers.jsonl"].splitlines()]
    assert said[0]["base"] == {"text": "It is 150.", "ended": "new question", "state": "right", "right": True}
    assert said[1]["lora"]["ended"] == TOKEN_LIMIT
    assert '["\\nQuestion:"]' in files["hypviz_set.yaml"] and "max_gen_toks: 96" in files["hypviz_set.yaml"]
    assert "needs nothing but Python" in files["README.md"]
    assert "imports hypviz" in task_files(found, version="1")["README.md"]  # by the careful rule


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
    other = dataclasses.replace(found, decoding=Decoding(max_new_tokens=5, stop_at_question=False))
    with pytest.raises(HypvizError, match="asked by another template"):
        task_files(other, version="1")
    assert "until: []" in task_files(other, version="1", prompts={"q": "[q]"})["hypviz_set.yaml"]


def test_beams_and_stop_texts_go_out_where_there_are_any(found: Evaluation) -> None:
    searched = dataclasses.replace(found, decoding=Decoding(max_new_tokens=5, beams=4, stop=("###",)))
    yaml = task_files(searched, version="1")["hypviz_set.yaml"]
    assert '["\\nQuestion:", "###"]' in yaml and "\n  num_beams: 4\n" in yaml


def test_choices_go_out_whole_and_are_marked(found: Evaluation) -> None:
    options = (Choice(label="A", text="3"), Choice(label="B", text="4"))
    asked = Problem(question="2 + 2? A) 3 B) 4", solution="", answer="B", skill="file", source="s", kind=LETTER, options=options)
    row = dataclasses.replace(found.outcomes[0], problem=asked)
    files = task_files(dataclasses.replace(found, outcomes=(row,), rule=PAPER), version="1")
    doc = json.loads(files["problems.jsonl"])
    assert exported_problem(doc) == dataclasses.replace(asked, source="") and "imports hypviz" in files["README.md"]
    marks: Any = module(PAPER).process_results
    assert [marks(doc, [text])["right"] for text in ("The answer is (B).", "(A)", "4")] == [1.0, 0.0, 0.0]


def test_the_module_reads_the_problems_beside_it(tmp_path: Path, found: Evaluation) -> None:
    pytest.importorskip("datasets")
    for name, text in task_files(found, version="1").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = ModuleType("marks")
    made.__file__ = str(tmp_path / "marks.py")
    exec((tmp_path / "marks.py").read_text(encoding="utf-8"), made.__dict__)
    assert made.problems(version=1.0)["test"][1]["answer"] == "0.1"
