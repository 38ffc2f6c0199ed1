"""The real GGUF file through what needs the whole model: Layers, a pair of three steps, and its adapters in Compare and Evaluate."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from hypviz import runs
from hypviz.cli.generate import lender
from hypviz.corpora import corpus_from_bytes, read_problems
from hypviz.models import estimate, load_model, read_embeddings, resolve
from hypviz.models.live.description import summarise
from hypviz.records.answers import Column
from hypviz.records.models import ModelRef
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.store import Store
from hypviz.studies.compare import compare
from hypviz.studies.evaluate import evaluate
from hypviz.studies.finetune.planning import plan_run
from hypviz.studies.layers import layers_spec, layers_study
from tests.real.test_layers_on_the_real_model import PROMPTS
from tests.runs.conftest import work_off
from tests.stages import comparison, evaluation

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ref(real_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelRef]:
    """The file, with a cache of its own for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPVIZ_CACHE", str(tmp_path_factory.mktemp("gguf")))
        yield resolve(str(real_gguf))


@pytest.fixture(scope="module")
def trained(ref: ModelRef):
    """A run of LoRA and HypLoRA on it, three steps each, with what was said of its memory."""
    problems = read_problems("one-step", limit=12, split="train")
    asked = ExperimentSpec(model=ref, problems=problems, steps=3, batch=2, rank=4, precision="float32")
    planned = plan_run(asked, summarise(ref))
    done = work_off(runs.create(planned.spec, problems).run_id)
    assert done.record.state == "done", done.record.message
    return done, planned


def test_loading_takes_the_memory_that_was_said(ref: ModelRef, real_gguf: Path) -> None:
    read_embeddings(ref)
    load_model(ref, dtype="bfloat16")  # libraries are in memory from here on
    process, stop, seen = psutil.Process(), threading.Event(), [0]

    def watch() -> None:
        while not stop.wait(0.005):
            seen[0] = max(seen[0], process.memory_info().rss)

    before, watching = process.memory_info().rss, threading.Thread(target=watch)
    watching.start()
    try:
        model = load_model(ref, dtype="bfloat16")
    finally:
        stop.set()
        watching.join()
    said = estimate(str(real_gguf)).memory_bytes  # with the table in float32, which is in memory already but is dequantised once more
    assert model.dtype == torch.bfloat16 and seen[0] - before < 1.15 * said


def test_its_layers_are_those_of_the_unpacked_model(ref: ModelRef, real_model: Path) -> None:
    texts = corpus_from_bytes("\n".join(PROMPTS).encode(), "two.txt")
    found = [
        layers_study(lender(each)).get(layers_spec(each, texts, Column(name="base"), nulls=("gaussian",))).record
        for each in (ref, resolve(str(real_model)))
    ]
    assert [study.n_layers for study in found] == [31, 31]
    for mine, theirs in zip(found[0].layers, found[1].layers, strict=True):
        np.testing.assert_allclose(mine.delta_rel, theirs.delta_rel, rtol=0.05)  # the folder was rounded to 16 bits


def test_a_pair_learns_on_it_within_the_memory_that_was_said(trained) -> None:
    done, planned = trained
    lora, hyplora = done.losses("lora"), done.losses("hyplora")
    assert lora[0] == hyplora[0] and lora[2] < lora[0] and lora[1:] != hyplora[1:]
    said = planned.memory
    assert said.model_bytes == 4 * summarise(done.record.spec.base).n_parameters
    taken = done.record.resources
    assert taken is not None and 0.5 < said.total_bytes / taken.peak_bytes < 2.0


def test_its_adapters_open_on_it_again_and_answer_and_are_counted(trained, ref: ModelRef) -> None:
    done, _ = trained
    columns = [Column(name="base"), *(Column(name=m, adapter=str(done.record.member(m).adapter)) for m in ("lora", "hyplora"))]
    lend, store = lender(ref), Store()
    shown = compare(comparison(ref, columns, "Tom has 2 apples and buys 3 more. How many apples does Tom have?"), lend=lend, store=store)
    assert [column.name for column in shown.columns] == ["base", "lora", "hyplora"] and all(c.generation.text for c in shown.columns)
    problems = read_problems("one-step", limit=3, split="test")
    counted = evaluate(evaluation(ref, columns, problems, tokens=8), lend=lend, store=store)
    assert counted.n == 3 and [column.name for column in counted.columns] == ["base", "lora", "hyplora"]
