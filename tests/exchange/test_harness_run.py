"""lm-evaluation-harness itself on the bundled model: the same texts, marks and counts as hypviz, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hypviz.bundled import BUNDLED_SOURCE
from hypviz.cli.generate import lender
from hypviz.models import resolve
from hypviz.records.answers import Column
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.studies.asking import asked_columns
from hypviz.studies.evaluate import evaluate, recount
from hypviz.studies.exchange import compare_with, prompts_of, samples_of, write_task
from hypviz.studies.problem_sets import named_problems

N = 12


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "batch"), [("paper", 1), ("careful", 4)])
def test_the_harness_agrees_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, batch: int) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    harness: Any = pytest.importorskip("lm_eval")
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    ref = resolve(BUNDLED_SOURCE)
    columns = asked_columns(ref, [Column(name="base")])
    spec = EvaluationSpec(model=ref, columns=columns, problems=named_problems("bundled", N), tokens=48)
    found = recount(evaluate(spec, lend=lender(ref)), rule)
    write_task(found, tmp_path / "task", prompts_of(spec))
    tracker = EvaluationTracker(output_path=str(tmp_path / "out"))
    results = harness.simple_evaluate(
        model="hf",
        model_args={"pretrained": ref.path, "dtype": "float32"},
        tasks=["hypviz_bundled"],
        task_manager=TaskManager(include_path=str(tmp_path / "task"), include_defaults=False),
        batch_size=batch,
        device="cpu",
        log_samples=True,
        evaluation_tracker=tracker,
    )
    logged = results["samples"]["hypviz_bundled"]
    assert [sample["arguments"][0][0] for sample in logged] == [f"Question: {row.question}\nAnswer:" for row in found.outcomes]
    tracker.save_results_aggregated(results=results, samples=results["samples"])
    tracker.save_results_samples(task_name="hypviz_bundled", samples=logged)
    (file,) = (tmp_path / "out").rglob("samples_*.jsonl")
    samples = samples_of(file)
    agreement = compare_with(samples, tmp_path / "task", "base", rule)
    assert (agreement.n, agreement.same_text, agreement.same_mark, agreement.n_only_one) == (N, N, N, 0)
    right = [sample.metrics["right"] for sample in samples.rows]
    assert right == [float(row.right[0]) for row in found.outcomes]
    assert results["results"]["hypviz_bundled"]["right,none"] == pytest.approx(sum(right) / N) and 0 < sum(right) < N
