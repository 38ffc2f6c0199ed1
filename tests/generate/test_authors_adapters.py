"""Adapters in the format of the authors' release open as its variants and compute its formulas; lost geometry is told."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import linear, pad

from hypviz.errors import AdapterError
from hypviz.generate import bench, column_notice, column_weights
from hypviz.hyplora import adapter_fingerprint
from hypviz.hyplora.authors import curvature_of
from hypviz.records.answers import BASE, Column
from hypviz.store import Store
from hypviz.studies.compare import compare
from tests.stages import Stage, comparison
from tests.strangers import edited, stranger, with_tensors

IDS = torch.tensor([[5, 17, 42, 8, 23, 61, 9]])
WHOLE, SIMPLIFIED = ("lora_k", "lora_norm_scale"), ("lora_k",)


def released(
    folder: Path, stage: Stage, mark: str | None, geometry: tuple[str, ...] = (), *, k: float = 1.0, n: float = 5.0, time: bool = False
) -> Path:
    """An adapter as the authors save it: a mark in the config, a number a layer, and in the first version a time column."""

    def change(state: dict[str, Tensor]) -> dict[str, Tensor]:
        changed = {name: pad(tensor, (0, 1)) if time else tensor for name, tensor in state.items()}
        layers = {name.rpartition(".lora_")[0] for name in state}
        numbers = {"lora_k": k, "lora_norm_scale": n}
        return changed | {f"{layer}.{name}": torch.tensor(numbers[name]) for layer in layers for name in geometry}

    folder = with_tensors(stranger(folder, stage.ref, target_modules=["q_proj"]), change)
    return edited(folder, lora_type=mark) if mark else folder


def logits(stage: Stage) -> Tensor:
    with torch.no_grad():
        return stage.model(input_ids=IDS).logits


def raw_k(c: float) -> float:
    """The raw number for which the curvature -1/K is -c."""
    return math.log(math.expm1(1.0 / c - 1e-6))


def official_by_hand(x: Tensor, a: Tensor, b: Tensor, k: float, n: float) -> Tensor:
    """Token by token and number by number, in float32 as the release runs, from the formulas of its map out, product and map back."""
    big = torch.log1p(torch.exp(torch.tensor(k))) + 1e-6
    rows = []
    for row in x:
        size = max(float(row.norm()), 1e-7)
        u = torch.tensor(size / n)
        lifted = torch.sqrt(big) * torch.sinh(torch.clamp(u / torch.sqrt(big), max=12.0)) * row / size
        v = b @ (a @ lifted)
        theta = torch.sqrt((v * v).sum() + 1.0 / big) / torch.sqrt(big)
        angle = torch.sqrt(2.0 * torch.clamp(theta - 1.0, min=1e-6)) if theta < 1.01 else torch.acosh(torch.clamp(theta, min=1.0 + 1e-7))
        rows.append(torch.sqrt(big) * angle * v / torch.clamp(v.norm(), min=1e-7))
    return torch.stack(rows)


def simplified_by_hand(x: Tensor, a: Tensor, b: Tensor, k: float, n: float) -> Tensor:
    rows = []
    for row in x:
        v = b @ (a @ (2.0 * row / (1.0 + k * (row * row).sum())))
        rows.append(v / (1.0 + math.sqrt(abs(k)) * torch.sqrt((v * v).sum() + k)))
    return torch.stack(rows)


@pytest.mark.parametrize("c", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("variant", ["official", "official-simplified"])
def test_the_layer_computes_what_the_release_does(stage: Stage, tmp_path: Path, variant: str, c: float) -> None:
    whole = variant == "official"
    k, n = (raw_k(c) if whole else c), 5.0
    mark, geometry = ("hyplora-1.0", WHOLE) if whole else ("hyplora_simplified-1.0", SIMPLIFIED)
    folder = released(tmp_path / "it", stage, mark, geometry, k=k, n=n)
    if whole:
        assert 1.0 / curvature_of(k) == pytest.approx(c)
    state = load_file(folder / "adapter_model.safetensors")
    name = "model.layers.1.self_attn.q_proj"
    a, b = (state[f"base_model.model.{name}.lora_{side}.weight"] for side in "AB")
    plain, column, x = stage.model.get_submodule(name), Column(name="it", adapter=str(folder)), torch.randn(6, a.shape[1]) * 3.0
    scaling = 8 / 4
    by_hand = official_by_hand if whole else simplified_by_hand
    expected = linear(x, plain.weight) + scaling * by_hand(x, a, b, k, n)
    with torch.no_grad(), bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column):
        found = stage.model.get_submodule(name)(x)
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(found, linear(x, plain.weight) + scaling * x @ a.T @ b.T, rtol=0.05)


def test_they_are_compared_and_named(stage: Stage, tmp_path: Path) -> None:
    made = {
        "whole": released(tmp_path / "a", stage, "hyplora-1.0", WHOLE),
        "flat": released(tmp_path / "b", stage, "hyplora-1.0", WHOLE, k=0.5),
        "simplified": released(tmp_path / "c", stage, "hyplora_simplified-1.0", SIMPLIFIED),
        "unmarked": released(tmp_path / "d", stage, None, WHOLE),
        "both": released(tmp_path / "e", stage, "hyplora_simplified-1.0", WHOLE),
    }
    columns = [Column(name=name, adapter=str(folder)) for name, folder in made.items()]
    found = compare(comparison(stage.ref, columns, "How many?", tokens=4), lend=stage.lend, store=Store(tmp_path / "store")).columns
    assert [column.name for column in found] == [BASE, *made]
    assert all(column.generation.logit_difference for column in found[1:])
    assert {column_weights(stage.ref, column).method for column in columns} == {"hyplora"}
    told = {column.name: str(column.notice) for column in found}
    assert "K = 1.31" in told["whole"] and "shorter than 0.74 all come out at length 0.0016" in told["whole"]
    assert "jumps from 0 to length 0.23" in told["flat"] and "n = 5 without" in told["flat"]
    assert "simplified HypLoRA" in told["simplified"] and "longer than 1 count the less" in told["simplified"]
    assert told["unmarked"].split("names")[0].split("(K")[1] == told["whole"].split("names")[0].split("(K")[1]
    known = adapter_fingerprint(made["whole"])
    assert adapter_fingerprint(edited(made["whole"], lora_type=None)) == known  # the mark is no part of the function
    assert adapter_fingerprint(edited(made["whole"], lora_type="hyplora_simplified-1.0")) != known


def test_short_updates_where_k_is_negative_are_told(stage: Stage, tmp_path: Path) -> None:
    column = Column(name="it", adapter=str(released(tmp_path / "a", stage, "hyplora_simplified-1.0", SIMPLIFIED, k=-0.5)))
    assert "where k is below 0 (-0.5 in one layer) short updates are not numbers" in str(column_notice(stage.ref, column))


def refusal(stage: Stage, folder: Path) -> str:
    before = logits(stage)
    with pytest.raises(AdapterError) as caught, bench(stage.ref, stage.model, stage.tokenizer, [Column(name="it", adapter=str(folder))]):
        pass
    assert torch.equal(logits(stage), before) and not hasattr(stage.model, "peft_config")
    return str(caught.value)


def test_lost_geometry_and_the_first_version_are_explained(stage: Stage, tmp_path: Path) -> None:
    stripped = refusal(stage, released(tmp_path / "c", stage, "hyplora-1.0"))
    assert "geometry (lora_k) is not in the file" in stripped and "would run as plain LoRA" in stripped
    partly = refusal(stage, released(tmp_path / "e", stage, "hyplora-1.0", SIMPLIFIED))
    assert "geometry is not whole" in partly and "lora_norm_scale is not in the file" in partly
    one = released(tmp_path / "f", stage, "hyplora-1.0", WHOLE)
    with_tensors(
        one, lambda state: {name: t for name, t in state.items() if name != "base_model.model.model.layers.1.self_attn.q_proj.lora_k"}
    )
    assert "layers.1.self_attn.q_proj.lora_k is not in the file" in refusal(stage, one)
    first = refusal(stage, released(tmp_path / "d", stage, None, time=True))
    assert "first version of the authors' HypLoRA" in first and "broken" not in first
    assert not any("own base model" in sentence for sentence in (stripped, partly, first))


def test_a_mark_of_plain_lora_is_plain_lora_and_any_other_is_named(stage: Stage, tmp_path: Path) -> None:
    plain = stranger(tmp_path / "plain", stage.ref)
    print_of_plain = adapter_fingerprint(plain)
    assert adapter_fingerprint(edited(plain, lora_type="lora")) == print_of_plain
    assert json.loads((plain / "adapter_config.json").read_text())["lora_type"] == "lora"
    assert 'lora_type = "other"' in refusal(stage, edited(plain, lora_type="other"))
