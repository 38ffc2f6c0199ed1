"""Three steps of a matched pair on the real model, in its own process: what it takes, what was said about it, what it leaves."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from hypviz import runs
from hypviz.corpora import read_problems
from hypviz.models import resolve
from hypviz.models.live.description import summarise
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.studies.finetune.following import begin
from hypviz.studies.finetune.planning import plan_run

PATIENCE_SECONDS = 300  # on a machine that does other things too


@pytest.mark.slow
def test_a_pair_learns_within_the_memory_that_was_said(real_model: Path) -> None:
    ref = resolve(str(real_model))
    problems = read_problems("one-step", limit=12, split="train")
    planned = plan_run(ExperimentSpec(model=ref, problems=problems, steps=3, batch=2, rank=4, precision="float32"), summarise(ref))
    run_id = begin(planned.spec, problems, planned.plan()).run_id
    end = time.monotonic() + PATIENCE_SECONDS
    while (record := runs.get(run_id)).is_active:
        assert time.monotonic() < end, runs.tail(run_id)
        time.sleep(0.2)
    assert record.state == "done", record.message
    lora, hyplora = (runs.metrics(run_id).curve(method).losses for method in ("lora", "hyplora"))
    assert lora[0] == hyplora[0] and lora[2] < lora[0] and not np.array_equal(lora, hyplora)
    taken = record.resources
    assert taken is not None and taken.all_logits_because is None  # the model's own code behind the decoder runs on answer rows alone
    weights = 4 * 135_000_000
    assert weights < taken.peak_bytes < 2_000_000_000  # libraries .6 GB, weights .54 GB, and little else
    assert record.plan is not None and 0.5 < record.plan.memory.total_bytes / taken.peak_bytes < 2.0
    assert taken.promises[0].step == 0 and taken.promises[-1].seconds_left == 0.0
