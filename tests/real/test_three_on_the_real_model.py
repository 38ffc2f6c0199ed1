"""LoRA, LoRA at HypLoRA's scale and HypLoRA on the real model: the losses of a plain script, no detonation, and where the gain acts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.matched_three import plain_losses
from hypviz import runs
from hypviz.corpora import read_problems
from hypviz.models import load_model, resolve
from hypviz.models.live.description import summarise
from hypviz.records.asking import PLAIN_QUESTION
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.runs.folder import open_run
from hypviz.studies.finetune.planning import make_spec
from tests.runs.conftest import work_off
from tests.runs.specs import TRIO

STEPS = 3


@pytest.fixture(scope="module")
def three(real_model: Path, tmp_path_factory: pytest.TempPathFactory):
    """(run, its losses by method, those of the plain script), once for the file."""
    ref, problems = resolve(str(real_model)), read_problems("one-step", limit=30, split="train")
    asked = ExperimentSpec(model=ref, problems=problems, steps=STEPS, batch=2, rank=4, warmup=0, precision="float32", asking=PLAIN_QUESTION)
    spec = make_spec(asked, summarise(ref))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPVIZ_CACHE", str(tmp_path_factory.mktemp("three")))
        done = work_off(runs.create(spec, problems).run_id)
        assert done.record.state == "done", done.record.message
        start = open_run(done.record.run_id).read_start()
    return done, start, plain_losses(load_model(ref, dtype="float32"), spec, problems, STEPS)


@pytest.mark.slow
def test_every_loss_is_that_of_the_plain_script(three):
    done, _, plain = three
    assert set(plain) == set(TRIO)
    for method, found in plain.items():
        assert done.losses(method) == pytest.approx(found, rel=5e-6), method  # float32, other shapes of the same products


@pytest.mark.slow
def test_no_member_detonates_and_few_layers_are_shortened(three):
    done, _, _ = three
    lora = np.array(done.losses("lora"))
    for method in TRIO:
        assert (np.array(done.losses(method)) - lora).max() < 0.02
        assert (done.metrics.curve(method).gradients < 100 * done.metrics.curve("lora").gradients).all()
        assert done.record.member(method).n_layers_clipped < 0.1 * STEPS * 150


@pytest.mark.slow
def test_the_scaled_member_is_nearer_to_hyplora_than_lora_is(three):
    done, _, _ = three
    lora, scaled, hyplora = (np.array(done.losses(method))[1:] for method in TRIO)
    assert np.abs(scaled - hyplora).mean() < 0.5 * np.abs(lora - hyplora).mean()


@pytest.mark.slow
def test_the_massive_token_is_counted_and_its_layer_is_lora_for_the_others(three):
    _, start, _ = three
    (entry,) = start.summary.adapters
    layers = {layer.layer: layer for layer in entry.layers}
    wide = layers["model.layers.11.mlp.down_proj"]
    assert wide.n_massive >= 1 and wide.massive_positions == (0,) and wide.u.maximum < 6.0
    assert wide.gain.median == pytest.approx(1.0, abs=1e-3)
    q = layers["model.layers.11.self_attn.q_proj"]
    assert q.gain.median > 1.5 and q.n_massive == 0
    scaled = json.loads((Path(three[0].record.member("scaled-lora").adapter) / "adapter_config.json").read_text(encoding="utf-8"))
    assert scaled["alpha_pattern"][q.layer.replace(".", r"\.")] == pytest.approx(scaled["lora_alpha"] * q.gain.median)
