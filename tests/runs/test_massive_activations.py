"""A model whose first token is 500 times as long as the median one before one layer: no member may raise the loss, nothing explodes."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from hypviz.models import load_model, resolve
from hypviz.models.tokenizer.tokens import encoder
from hypviz.problems import format_prompt
from hypviz.runs.folder import RunFolder
from tests.runs.specs import TRIO

MARK = 5
WIDE = "model.layers.1.mlp.down_proj"
NEW = {"methods": TRIO, "clip": "layer", "quantile": 1.0, "lora_beyond": 6.0, "lr": 1e-3, "steps": 12, "warmup": 0}


@pytest.fixture(scope="session")
def massive(tiny_llama, problems, tmp_path_factory) -> Path:
    """The tiny Llama with one coordinate that only the first token of a prompt has, and two units of its second block that answer it."""
    folder = tmp_path_factory.mktemp("massive") / "model"
    shutil.copytree(tiny_llama, folder)
    ref = resolve(str(folder))
    model, reader = load_model(ref, dtype="float32"), encoder(ref)
    rows = reader.prompts([format_prompt(p.question) for p in problems.problems], what="The question")
    ids = torch.tensor([row[: min(map(len, rows))] for row in rows])
    first = int(ids[0, 0])
    assert (ids[:, 0] == first).all() and not (ids[:, 1:] == first).any()
    blocks, mlp, seen = model.model.layers, model.model.layers[1].mlp, {}
    handles = [
        mlp.register_forward_pre_hook(lambda _, args: seen.update(x=args[0])),
        mlp.down_proj.register_forward_pre_hook(lambda _, args: seen.update(h=args[0])),
    ]
    with torch.no_grad():
        for layer in (blocks[0].self_attn.o_proj, blocks[0].mlp.down_proj, blocks[1].self_attn.o_proj):
            layer.weight[MARK] = 0.0
        model.model.embed_tokens.weight[:, MARK] = 0.0
        model.model.embed_tokens.weight[first, MARK] = 0.1
        model(ids)
        mark, median = float(seen["x"][0, 0, MARK]), float(seen["h"].norm(dim=-1).median())
        for unit in (3, 17):
            for layer in (mlp.up_proj, mlp.gate_proj):
                layer.weight[unit] = 0.0
                layer.weight[unit, MARK] = (500 * median / 2**0.5) ** 0.5 / mark
            mlp.down_proj.weight[:, unit] *= 1e-3  # the residual stream keeps its length
        model(ids)
        sizes = seen["h"].norm(dim=-1)
    for handle in handles:
        handle.remove()
    assert float(sizes[:, 0].min()) > 400 * float(sizes.median()) > 40 * float(sizes[:, 1:].max())
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def train_massive(massive, spec, train_here):
    return lambda **changes: train_here(dataclasses.replace(spec, base=resolve(str(massive))), **(NEW | changes))


@pytest.mark.parametrize("radius", ["typical", "calibrated"])
def test_no_step_of_any_member_raises_the_loss_by_more_than_loras_own_noise(train_massive, radius):
    done = train_massive(radius=radius, c=400.0 if radius == "typical" else 1.0)  # as on a real model, u is far above 30 there
    assert done.record.state == "done", done.record.message
    lora = np.array(done.losses("lora"))
    noise = np.abs(np.diff(lora)).max()  # what another batch does to it
    for method in ("scaled-lora", "hyplora"):
        gap = np.array(done.losses(method)) - lora
        assert gap.max() < noise and np.diff(gap).max() < noise, (method, gap)
        assert (done.metrics.curve(method).gradients < 100 * done.metrics.curve("lora").gradients).all()


def test_without_these_guards_it_explodes(train_massive):
    """The same run as it was before: one radius from c, the formula for every token, one clip over all layers."""
    done = train_massive(methods=("lora", "hyplora"), radius="typical", c=400.0, lora_beyond=None, clip="all")
    assert done.metrics.curve("hyplora").gradients[0] > 1e6 * done.metrics.curve("lora").gradients[0]


def test_the_start_says_how_many_tokens_are_adapted_as_lora(train_massive, problems):
    done = train_massive(radius="typical", c=400.0, steps=2)
    (entry,) = RunFolder(path=Path(done.record.folder)).read_start().summary.adapters
    wide = next(layer for layer in entry.layers if layer.layer == WIDE)
    assert wide.n_as_lora >= 4 and wide.u.maximum > 6.0  # the first token of each of the four examples
    calibrated = train_massive(radius="calibrated", steps=2)
    (entry,) = RunFolder(path=Path(calibrated.record.folder)).read_start().summary.adapters
    wide = next(layer for layer in entry.layers if layer.layer == WIDE)
    assert wide.n_as_lora == 0 and wide.u.maximum == pytest.approx(3.0, rel=1e-3) and wide.u.median < 0.05
    assert wide.gain.median == pytest.approx(1.0, abs=1e-3)
