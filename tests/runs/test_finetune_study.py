"""Defaults that depend on model and machine, the expected time, waiting, and taking a run home."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from itertools import pairwise

import numpy as np
import pytest
import torch

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.models import resolve, summarise
from hypviz.records.resources import RunPlan
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.studies.finetune.copies import copy_run, require_free
from hypviz.studies.finetune.defaults import default_lr, default_precision, default_threads, default_warmup, max_tokens
from hypviz.studies.finetune.following import wait
from hypviz.studies.finetune.lengths import Lengths
from hypviz.studies.finetune.memory import plan_memory
from hypviz.studies.finetune.pace import LOOKS, STEP_SECONDS, TRIAL_OPERATIONS, expected_time
from hypviz.studies.finetune.planning import make_spec, plan_run
from hypviz.words.runs import headline, too_long_sentence
from hypviz.worker.members import learning_rate
from hypviz.worker.trial import block_seconds
from tests.checkpoints import with_token_without_row
from tests.watching import Watcher


def test_every_default_is_written_into_the_spec(tiny_llama, problems):
    ref = resolve(str(tiny_llama))
    spec = make_spec(ExperimentSpec(model=ref, problems=problems), summarise(ref))
    assert (spec.methods, spec.steps, spec.rank, spec.alpha, spec.batch) == (("lora", "scaled-lora", "hyplora"), 150, 16, 32.0, 8)
    assert (spec.radius, spec.quantile, spec.lora_beyond, spec.clip, spec.hyplora_alpha) == ("calibrated", 1.0, 6.0, "layer", None)
    assert spec.lr == 3e-4 and spec.warmup == 10 and spec.max_tokens == 256 and spec.precision == "float32"
    assert spec.targets == ("q_proj", "k_proj", "v_proj", "up_proj", "down_proj")
    assert default_lr(dataclasses.replace(ref, source="bundled")) == 3e-3


def test_a_model_without_the_papers_layers_is_adapted_everywhere(checkpoint_folder, problems):
    ref = resolve(str(checkpoint_folder("gpt2")))
    assert make_spec(ExperimentSpec(model=ref, problems=problems), summarise(ref)).targets == ("c_attn", "c_proj", "c_fc")
    with pytest.raises(HypvizError, match=r"no layer named 'q_proj'; choose targets from c_attn, c_proj, c_fc"):
        make_spec(ExperimentSpec(model=ref, problems=problems, targets=("q_proj",)), summarise(ref))


def test_an_end_token_without_a_row_is_refused_before_anything_starts(tiny_llama, problems, tmp_path):
    ref = resolve(str(with_token_without_row(tiny_llama, tmp_path / "eos", "eos")))
    with pytest.raises(HypvizError, match=r"The end of every answer .* set eos_token in its tokenizer to a token that has one"):
        plan_run(ExperimentSpec(model=ref, problems=problems), summarise(ref))
    assert runs.list_runs() == ()


def test_lengths_never_exceed_the_model(tiny_llama):
    summary = summarise(resolve(str(tiny_llama)))
    assert max_tokens(None, dataclasses.replace(summary, max_positions=100)) == 100
    assert max_tokens(None, dataclasses.replace(summary, max_positions=None)) == 256
    with pytest.raises(HypvizError, match="more than the 256 positions"):
        max_tokens(257, summary)


def test_small_models_get_few_threads_and_no_bfloat16(tiny_llama, monkeypatch):
    summary = summarise(resolve(str(tiny_llama)))
    large = dataclasses.replace(summary, n_parameters=10**9)
    for cores, small_threads, large_threads in ((1, 1, 1), (2, 1, 1), (4, 3, 3), (16, 4, 15)):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        assert (default_threads(summary, 1), default_threads(large, 1)) == (small_threads, large_threads)
    assert default_threads(large, 4) == 3
    assert default_precision("cpu", summary) == "float32"


def test_the_rate_rises_over_the_warm_up_and_falls_in_a_line(spec):
    slow = dataclasses.replace(spec, steps=30, warmup=3, lr=1.0)
    rates = [learning_rate(step, slow) for step in range(30)]
    assert rates[:4] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    falls = [a - b for a, b in pairwise(rates[3:])]
    assert falls == pytest.approx([1 / 27] * 26) and rates[-1] == pytest.approx(1 / 27)
    assert learning_rate(0, dataclasses.replace(spec, warmup=0, lr=1.0)) == 1.0
    assert (default_warmup(150), default_warmup(10), default_warmup(10**6)) == (10, 0, 100)


@pytest.fixture
def trial(monkeypatch):
    """Blocks and products that take what is said here, on a quiet machine."""
    monkeypatch.setattr("hypviz.worker.trial.block_seconds", lambda spec, tokens, length: dict.fromkeys(spec.methods, 0.5))
    monkeypatch.setattr("hypviz.worker.trial.product_seconds", lambda *_, **__: 1e-6)
    monkeypatch.setattr("hypviz.studies.finetune.pace.slowdown", lambda: 1.0)
    monkeypatch.setattr("hypviz.studies.finetune.pace._TRIALS", OrderedDict())


def test_the_expected_time_is_that_of_a_block_times_what_there_is_of_it(spec, trial):
    summary = summarise(spec.base)
    lengths = Lengths(tokens=np.array([50]), learned=np.array([20]), longest=50)
    found = expected_time(spec, summary, lengths)
    rows = round(min(8 * 50, max(50, TRIAL_OPERATIONS)) / 50) * 50
    tokens, layers = spec.batch * 50, 2
    steps = len(spec.methods) * (tokens * layers * 0.5 / rows)
    assert found.per_step == pytest.approx((1 + LOOKS) * (steps + 2 * STEP_SECONDS), rel=0.01)
    assert found.seconds(600) - found.seconds(100) == pytest.approx(500 * found.per_step)
    assert not found.corrected and found.seconds(0) == found.start


def test_what_an_earlier_run_took_beyond_what_it_was_said_to_take_counts(pair, spec, trial):
    summary = summarise(spec.base)
    lengths = Lengths(tokens=np.array([50]), learned=np.array([20]), longest=50)
    memory = plan_memory(spec, summary, lengths, chosen=True)[1]
    earlier = dataclasses.replace(pair.record, started_at=0.0, ended_at=135.0, plan=RunPlan(memory=memory, seconds=120.0, correction=2.0))
    plain, corrected = (expected_time(spec, summary, lengths, known) for known in ((), (earlier,)))
    assert corrected.corrected and corrected.seconds(100) == pytest.approx(1.5 * plain.seconds(100))
    other = dataclasses.replace(spec, precision="bfloat16")
    assert not expected_time(other, summary, lengths, (earlier,)).corrected
    slept = dataclasses.replace(earlier, ended_at=6000.0)  # the lid was closed
    assert expected_time(spec, summary, lengths, (slept,)).correction == 2.0


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_a_block_of_each_architecture_can_be_tried(checkpoint_folder, spec, architecture):
    ref = resolve(str(checkpoint_folder(architecture)))
    targets = ("c_attn",) if architecture == "gpt2" else ("q_proj", "down_proj")
    threads = torch.get_num_threads()
    found = block_seconds(dataclasses.replace(spec, base=ref, targets=targets), tokens=20, length=10)
    assert set(found) == set(spec.methods) and all(seconds > 0 for seconds in found.values())
    assert torch.get_num_threads() == threads


def test_waiting_ends_with_the_run_and_shows_where_it_stands(train_here, spec):
    done = train_here(spec, steps=2).record
    watcher = Watcher()
    assert wait(done.run_id, watcher).state == "done" and watcher.reports == []
    assert headline(done).startswith("done: 2 steps; loss of the first step → of the last step: LoRA ")


def test_left_out_problems_are_said(train_here, spec, problems):
    from hypviz.worker.data import encode_examples

    lengths = sorted(len(e.ids) for e in encode_examples(spec.base, problems.problems, max_tokens=999).items)
    record = train_here(spec, steps=1, warmup=0, max_tokens=lengths[11]).record
    left_out = sum(length > lengths[11] for length in lengths)
    assert too_long_sentence(record) == f"{left_out} of 20 problems are longer than {lengths[11]} tokens and were left out."


def test_a_copy_is_whole_without_locks_and_checkpoints(train_here, spec, tmp_path):
    record = train_here(spec, steps=1, warmup=0).record
    out = tmp_path / "mine"
    require_free(out)
    copy_run(record, out)
    files = {
        "adapter",
        "log.txt",
        "metrics.jsonl",
        "probe.json",
        "problems.jsonl",
        "resources.json",
        "spec.json",
        "start.json",
        "status.json",
    }
    assert {path.name for path in out.iterdir()} == files
    with pytest.raises(HypvizError, match="not empty"):
        require_free(out)
    with pytest.raises(HypvizError, match="already exists"):
        require_free(out / "spec.json")
    assert runs.get(record.run_id).state == "done"
