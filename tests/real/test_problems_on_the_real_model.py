"""On the real model: problems with numbers and with options, asked in its chat, marked by every rule, and the same in the harness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hypviz.cli.generate import lender
from hypviz.corpora import problems_from_bytes
from hypviz.models import resolve
from hypviz.records.answers import NO_TEXT, STATES, Column
from hypviz.records.asking import CHAT, Asking
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.scoring import mark_again
from hypviz.store import Store
from hypviz.studies.asking import asked_columns
from hypviz.studies.evaluate import evaluate, recount
from hypviz.studies.exchange import compare_with, prompts_of, samples_of, write_task

NUMBERS = [
    {"Body": "Tom has 7 red pens and 5 blue pens.", "Question": "How many pens does he have?", "Answer": 12.0},
    {"Body": "A box holds 6 eggs. Ann buys 4 boxes.", "Question": "How many eggs does she buy?", "Answer": 24.0},
    {"Body": "There were 30 birds in a tree and 12 flew away.", "Question": "How many are left?", "Answer": 18.0},
]
OPTIONS = [
    {"question": "Which of these is an animal?", "choices": {"label": ["A", "B"], "text": ["a stone", "a dog"]}, "answerKey": "B"},
    {"question": "What falls from clouds?", "choices": {"label": ["1", "2"], "text": ["rain", "milk"]}, "answerKey": "1"},
]


def asked(real_model: Path, rows: list[dict[str, Any]], tokens: int) -> EvaluationSpec:
    ref = resolve(str(real_model))
    problems = problems_from_bytes("\n".join(map(json.dumps, rows)).encode(), "rows.jsonl")
    columns = asked_columns(ref, [Column(name="base")])
    return EvaluationSpec(model=ref, columns=columns, problems=problems, tokens=tokens, asking=Asking(template=CHAT))


def test_options_are_asked_and_marked(real_model: Path) -> None:
    spec = asked(real_model, OPTIONS, 24)
    assert {problem.kind for problem in spec.problems.problems} == {"option"}
    found = evaluate(spec, lend=lender(spec.model), store=Store())
    assert found.rules == ("careful", "paper") and [row.answer for row in found.outcomes] == ["answer2", "answer1"]
    for row in found.outcomes:
        assert row.states[0] in STATES and row.states[0] != NO_TEXT and mark_again(row) == row
        for marks in row.marks.values():
            assert marks[0].value is None or row.texts[0][marks[0].start : marks[0].end]


@pytest.mark.slow
def test_the_harness_writes_and_marks_the_same(real_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    harness: Any = pytest.importorskip("lm_eval")
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    spec = asked(real_model, NUMBERS, 64)
    found = recount(evaluate(spec, lend=lender(spec.model), store=Store()), "paper")
    folder = tmp_path / "task"
    write_task(found, folder, prompts_of(spec))
    (task,) = (file.stem for file in folder.glob("*.yaml"))
    tracker = EvaluationTracker(output_path=str(tmp_path / "out"))
    results = harness.simple_evaluate(
        model="hf",
        model_args={"pretrained": str(real_model), "dtype": "float32"},
        tasks=[task],
        task_manager=TaskManager(include_path=str(folder), include_defaults=False),
        batch_size=1,
        device="cpu",
        log_samples=True,
        evaluation_tracker=tracker,
    )
    tracker.save_results_aggregated(results=results, samples=results["samples"])
    tracker.save_results_samples(task_name=task, samples=results["samples"][task])
    (file,) = (tmp_path / "out").rglob("samples_*.jsonl")
    agreement = compare_with(samples_of(file), folder, "base", "paper")
    assert (agreement.n, agreement.same_text, agreement.same_mark, agreement.n_only_one) == (3, 3, 3, 0)
