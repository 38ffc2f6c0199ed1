"""The curvature of a loaded adapter turned: R to infinity is LoRA bit for bit, factors multiply c, and nothing else moves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from hypviz.errors import AdapterError
from hypviz.generate import bench
from hypviz.hyplora import HypLoraConfig, attach_adapters, probe
from hypviz.hyplora.turning import turn_curvature
from hypviz.models import load_model
from hypviz.records.answers import Column
from tests.stages import Stage


@pytest.fixture
def plain(adapters: dict[str, Path], tmp_path: Path) -> Path:
    """Plain LoRA with the A and B of the HypLoRA adapter."""
    folder = Path(shutil.copytree(adapters["hyplora"], tmp_path / "plain"))
    (folder / "hypviz.json").unlink()
    like = json.loads((adapters["lora"] / "adapter_config.json").read_text(encoding="utf-8"))
    (folder / "adapter_config.json").write_text(json.dumps(like), encoding="utf-8")
    state = {name: tensor for name, tensor in load_file(folder / "adapter_model.safetensors").items() if "log_radius" not in name}
    save_file(state, folder / "adapter_model.safetensors")
    return folder


def test_curvature_0_is_lora_bit_for_bit_and_the_dial_moves_c_alone(stage: Stage, adapters: dict[str, Path], plain: Path) -> None:
    folder = str(adapters["hyplora"])
    before = {file.name: file.read_bytes() for file in adapters["hyplora"].iterdir()}
    turned = [Column(name=f"c{factor:g}", adapter=folder, curvature=factor) for factor in (0.0, 1e-12, 0.25, 1.0, 4.0)]
    columns = (Column(name="base"), Column(name="plain", adapter=str(plain)), *turned)
    ids = torch.tensor([stage.tokenizer("Tom has 12 apples.")["input_ids"], stage.tokenizer("Tom has 12 apples.")["input_ids"]])
    logits, one, curvature = {}, {}, {}
    with torch.no_grad(), bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:  # closing shows that the base is itself
        assert on_bench.peft_model is not None
        for column in columns:
            with on_bench.using(column) as model, probe(on_bench.peft_model) as watching:
                logits[column.name], one[column.name] = model(ids).logits, model(ids[:1, :1]).logits
            seen = watching.summary().of(column.name)
            curvature[column.name] = None if seen is None else [layer.c for layer in seen.layers]
        with on_bench.using_rows([columns[1], columns[2]]) as (model, _):
            rows = model(ids).logits
    assert torch.equal(logits["c0"], logits["plain"]) and torch.equal(one["c0"], one["plain"]) and torch.equal(rows[0], rows[1])
    assert torch.allclose(logits["c1e-12"], logits["plain"], atol=1e-5) and not torch.equal(logits["c0.25"], logits["plain"])
    assert not torch.equal(logits["c0.25"], logits["c1"]) and not torch.equal(logits["c4"], logits["c1"])
    assert curvature["c4"] == pytest.approx([4.0 * c for c in curvature["c1"]]) and curvature["c0"] == curvature["plain"]
    assert {file.name: file.read_bytes() for file in adapters["hyplora"].iterdir()} == before


@pytest.mark.parametrize("factor", [-1.0, float("inf"), float("nan")])
def test_a_factor_that_is_none_is_refused(stage: Stage, columns: tuple[Column, ...], factor: float) -> None:
    bad = Column(name="x", adapter=columns[2].adapter, curvature=factor)
    with pytest.raises(AdapterError, match="finite number of at least 0"), bench(stage.ref, stage.model, stage.tokenizer, [bad]):
        pass
    assert not hasattr(stage.model, "peft_config")


def test_an_adapter_without_a_radius_has_no_dial(stage: Stage, columns: tuple[Column, ...]) -> None:
    bad = Column(name="x", adapter=columns[1].adapter, curvature=0.5)
    with pytest.raises(AdapterError, match="has no radius"), bench(stage.ref, stage.model, stage.tokenizer, [bad]):
        pass
    released = HypLoraConfig(r=2, lora_alpha=4, target_modules=["q_proj"], variant="official")
    with pytest.raises(AdapterError, match="has no radius"):
        turn_curvature(attach_adapters(load_model(stage.ref, dtype="float32"), {"x": released}, seed=0), "x", 0.0)
