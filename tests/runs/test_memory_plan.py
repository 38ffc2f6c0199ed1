"""Memory before the start and after a death: how many parts, when it is refused, what is said about a worker that was killed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.models import resolve, summarise
from hypviz.models.live.description import linear_shapes
from hypviz.records.asking import PLAIN_QUESTION
from hypviz.records.resources import RunPlan, RunResources
from hypviz.records.runs import RUNNING
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.runs.folder import open_run
from hypviz.studies.finetune import memory
from hypviz.studies.finetune.lengths import Lengths, example_lengths
from hypviz.studies.finetune.memory import plan_memory
from hypviz.studies.finetune.planning import plan_run
from hypviz.words.runs import memory_sentence, memory_taken

GB = 1_000_000_000
LONG = Lengths(tokens=np.array([200]), learned=np.array([100]), longest=200)


@pytest.fixture
def summary(tiny_llama):
    return summarise(resolve(str(tiny_llama)))


@pytest.fixture
def heavy(monkeypatch):
    """Every token of the tiny model keeps about 3.3 MB in float32, and the machine has as much free as is asked for."""
    monkeypatch.setattr(memory, "_shapes", lambda ref: (("q_proj", 250_000, 250_000),))

    def free(n_bytes: float) -> None:
        monkeypatch.setattr(memory, "free_memory", lambda device: int(n_bytes))

    return free


def test_parts_are_as_few_as_memory_allows_and_never_more_than_examples(spec, summary, heavy) -> None:
    wide = dataclasses.replace(spec, batch=8)
    heavy(20 * GB)
    found, plan = plan_memory(wide, summary, LONG, chosen=True)
    assert (found.accumulate, plan.parts, plan.chosen) == (4, 4, True)  # 400 tokens are enough for a part on a CPU
    assert plan.whole_bytes > 5 * GB > 2.5 * GB > plan.total_bytes
    assert f"worked off in 4 parts of 2; in one it would be {plan.whole_bytes / GB:.1f} GB" in memory_sentence(plan, found)
    heavy(1.8 * GB)
    assert plan_memory(wide, summary, LONG, chosen=True)[0].accumulate == 8
    six = dataclasses.replace(spec, batch=6)
    assert plan_memory(six, summary, LONG, chosen=True)[0].accumulate == 6


def test_too_little_for_one_example_or_for_the_parts_asked_for_is_a_sentence(spec, summary, heavy) -> None:
    heavy(0.5 * GB)
    with pytest.raises(HypvizError, match=r"Even with one example at a time .* needs about 1\.\d GB of memory and 500\.0 MB are free"):
        plan_memory(dataclasses.replace(spec, batch=8), summary, LONG, chosen=True)
    heavy(3 * GB)
    with pytest.raises(HypvizError, match=r"With each step in 1 part .* choose more parts"):
        plan_memory(dataclasses.replace(spec, batch=8), summary, LONG, chosen=False)
    asked = dataclasses.replace(spec, batch=8, accumulate=4)
    found, plan = plan_memory(asked, summary, LONG, chosen=False)
    assert found == asked and not plan.chosen and "because" not in memory_sentence(plan, found)


def test_processes_share_the_batch_and_the_machine(spec, summary, heavy) -> None:
    two = dataclasses.replace(spec, batch=8, processes=2)
    heavy(20 * GB)
    found, _ = plan_memory(two, summary, LONG, chosen=True)
    assert found.accumulate == 2 and two.batch % (found.accumulate * found.processes) == 0
    heavy(2.0 * GB)
    with pytest.raises(HypvizError, match="Even with one example"):
        plan_memory(two, summary, LONG, chosen=True)


def test_a_small_model_stays_in_one_part(tiny_llama, problems) -> None:
    ref = resolve(str(tiny_llama))
    planned = plan_run(ExperimentSpec(model=ref, problems=problems, steps=5), summarise(ref))
    assert planned.spec.accumulate == planned.memory.parts == 1 and planned.memory.chosen
    assert planned.plan().seconds == planned.time.seconds(5) > 0
    assert planned.time.seconds(10) - planned.time.seconds(5) == pytest.approx(5 * planned.time.per_step)


def test_linear_shapes_are_those_of_the_blocks(checkpoint_folder) -> None:
    ref = resolve(str(checkpoint_folder("llama")))
    found = linear_shapes(ref)
    assert found[:4] == (("q_proj", 32, 32), ("k_proj", 32, 16), ("v_proj", 32, 16), ("o_proj", 32, 32)) and len(found) == 14
    assert linear_shapes(resolve(str(checkpoint_folder("gpt2"))))[0] == ("c_attn", 32, 96)


def test_lengths_are_those_of_the_examples(tiny_llama, problems) -> None:
    from hypviz.worker.data import encode_examples

    ref = resolve(str(tiny_llama))
    whole = [len(e.ids) for e in encode_examples(ref, problems.problems, max_tokens=200).items]
    found = example_lengths(ref, problems, 200, PLAIN_QUESTION)
    assert sorted(found.tokens) == sorted(whole) and found.longest == max(whole)
    assert found.padded(1) == pytest.approx(np.mean(whole), rel=0.1) and max(whole) * 8 >= found.padded(8) > found.padded(1) * 8
    assert example_lengths(ref, problems, 9, PLAIN_QUESTION).longest == 9  # none fits; the worker says so


def test_a_worker_asks_again_before_it_loads(spec, problems, monkeypatch, capfd) -> None:
    from tests.runs.conftest import work_off

    ref = spec.base
    planned = plan_run(ExperimentSpec(model=ref, problems=problems, steps=2, rank=4), summarise(ref))
    monkeypatch.setattr("hypviz.worker.training.available_memory", lambda: 1000)
    failed = work_off(runs.create(planned.spec, problems, planned.plan()).run_id).record
    assert failed.state == "failed" and "more memory and only 1.0 kB are free by now" in failed.message


def lost(spec, problems, resources: RunResources | None, step: int = 4) -> str:
    """What is said about a run whose worker has vanished."""
    folder = open_run(runs.create(spec, problems).run_id)
    if resources is not None:
        folder.write_resources(resources)
    folder.write_status(dataclasses.replace(folder.read_status(), state=RUNNING, pid=1, step=step, queued_at=0.0))
    record = runs.get(folder.run_id)
    assert record.state == "lost" and record.message is not None
    return record.message


def seen(**changes: object) -> RunResources:
    usual = RunResources(
        at=0.0, peak_bytes=7 * GB, peak_measured="m", free_bytes=9 * GB, n_oom_kills=2, all_logits_because=None, promises=()
    )
    return dataclasses.replace(usual, **changes)


def test_after_a_kill_memory_is_named_where_something_speaks_for_it(spec, problems, monkeypatch) -> None:
    kills = "hypviz.runs.reading.out_of_memory_kills"
    monkeypatch.setattr(kills, lambda: 2)
    plain = lost(spec, problems, seen())
    assert "killed, or the machine went down; it had taken 7.0 GB at its largest, and 9.0 GB were free" in plain
    short = lost(dataclasses.replace(spec, seed=1), problems, seen(free_bytes=GB // 5))
    assert "after step 4 (killed, most likely for lack of memory: it had taken 7.0 GB at its largest, and 200.0 MB were free" in short
    assert "choose more parts or a smaller batch" in short
    monkeypatch.setattr(kills, lambda: 3)
    assert "the system has killed a process for lack of memory, most likely this one" in lost(
        dataclasses.replace(spec, seed=2), problems, seen(), step=0
    )
    monkeypatch.setattr(kills, lambda: None)
    assert "killed, or the machine went down)" in lost(dataclasses.replace(spec, seed=3), problems, None)


def test_the_peak_stands_beside_what_was_expected(pair, spec, problems) -> None:
    ref = spec.base
    plan = RunPlan(memory=plan_run(ExperimentSpec(model=ref, problems=problems, steps=2), summarise(ref)).memory, seconds=None)
    record = dataclasses.replace(pair.record, plan=plan, resources=seen(peak_measured="all of it"))
    assert memory_taken(record).startswith("7.0 GB: all of it; expected ")
    two = dataclasses.replace(record, spec=dataclasses.replace(spec, processes=2))
    assert "all of it, the first of 2" in memory_taken(two)
    assert memory_taken(dataclasses.replace(record, resources=None)) is None
