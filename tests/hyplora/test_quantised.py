"""Bases with quantised weights: HypLoRA's update needs x alone, so that it is the one that `delta` gives, on any base that runs.

Needs torchao or bitsandbytes (`python -m pip install torchao==0.18.0 bitsandbytes==0.50.2`, both of which run on a CPU); each row skips
without its library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from hypviz.errors import AdapterError
from hypviz.hyplora import (
    HypLoraConfig,
    adapter_parameters,
    as_lora,
    attach_adapters,
    delta,
    load_adapter,
    peft_name,
    probe,
    save_adapter,
    use_adapter,
)
from hypviz.hyplora.adapters import adapted_layers

HERE = "b" * 64
KINDS = ("torchao int8", "torchao int8 dynamic", "bitsandbytes 8-bit", "bitsandbytes 4-bit", "bitsandbytes nf4 bfloat16")


def quantised(kind: str) -> Any:
    """The configuration with which transformers loads a model so; skips the test where its library is not installed."""
    library, _, how = kind.partition(" ")
    pytest.importorskip(library)
    from transformers import BitsAndBytesConfig, TorchAoConfig

    if library == "bitsandbytes":
        if how == "8-bit":
            return BitsAndBytesConfig(load_in_8bit=True)
        nf4 = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.bfloat16} if how.startswith("nf4") else {}
        return BitsAndBytesConfig(load_in_4bit=True, **nf4)
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, Int8WeightOnlyConfig

    return TorchAoConfig(quant_type=Int8WeightOnlyConfig() if how == "int8" else Int8DynamicActivationInt8WeightConfig())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama of width 64, the least that a block of bitsandbytes takes."""
    place, shape = tmp_path_factory.mktemp("wide"), {"vocab_size": 200, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        LlamaForCausalLM(LlamaConfig(**shape, num_attention_heads=4, num_key_value_heads=2)).save_pretrained(place)
    return place


@pytest.fixture(params=KINDS)
def make_quantised(request: pytest.FixtureRequest, folder: Path) -> Any:
    """A fresh quantised copy of that model for each call."""
    config, dtype = quantised(request.param), torch.bfloat16 if "bfloat16" in request.param else torch.float32

    def make() -> torch.nn.Module:
        return AutoModelForCausalLM.from_pretrained(folder, quantization_config=config, dtype=dtype).eval()

    return make


def pair(base: torch.nn.Module) -> PeftModel:
    """LoRA and HypLoRA with B away from 0."""
    configs = {"lora": LoraConfig(r=4, lora_alpha=8), "hyplora": HypLoraConfig(r=4, lora_alpha=8, c=20.0)}
    model = attach_adapters(base, configs, seed=5).eval()
    for number, name in enumerate(configs):
        for parameter in adapter_parameters(model, name):
            if parameter.ndim == 2 and not parameter.any():
                parameter.data.normal_(std=0.1, generator=torch.Generator().manual_seed(number))
    return model


def numbers(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy of every tensor of the model; torchao's, which cannot be compared, as the numbers that they stand for."""
    held = {name: value for name, value in model.state_dict().items() if isinstance(value, torch.Tensor)}
    return {name: value.dequantize() if type(value).__module__.startswith("torchao") else value.clone() for name, value in held.items()}


def test_the_update_is_that_of_delta_and_training_moves_the_adapter_alone(make_quantised, ids):
    model, key = pair(make_quantised()), peft_name("hyplora")
    model.set_adapter(key)
    layers = adapted_layers(model)
    assert len(layers) == 14 and not any(layer.base_layer.weight.__class__ is torch.nn.Parameter for layer in layers.values())
    for layer in layers.values():
        x = torch.randn(5, layer.in_features, generator=torch.Generator().manual_seed(3))
        given = {"log_radius": layer.lora_log_radius[key].weight, "scaling": layer.scaling[key]}
        with torch.no_grad():
            found = layer(x) - layer.base_layer(x)
            expected = delta(x, layer.lora_A[key].weight, layer.lora_B[key].weight, variant="exact", **given)
        assert float((found - expected).norm() / expected.norm()) < 1e-6
    before = numbers(model)
    optimizer = torch.optim.AdamW(adapter_parameters(model, "hyplora"), lr=1e-2, weight_decay=0.0)
    model.train()
    model(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()
    after = numbers(model)
    moved = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert moved == {name for name in before if f".{key}" in name} and len(moved) == 3 * 14


def test_saving_mixing_probing_and_exporting_work_and_merging_is_refused(make_quantised, ids, tmp_path: Path):
    model, outputs = pair(make_quantised()), {}
    with torch.no_grad():
        for name in ("base", "lora", "hyplora"):
            with use_adapter(model, name):
                outputs[name] = model(input_ids=ids[:1]).logits
        rows = model(input_ids=ids[:1].expand(3, -1), adapter_names=[peft_name(name) for name in outputs]).logits
    for row, name in zip(rows, outputs, strict=True):  # a base in half precision rounds a batch of three otherwise than one row
        assert float((row - outputs[name][0]).norm() / outputs[name].norm()) < 0.02, name
    assert float((outputs["hyplora"] - outputs["lora"]).norm() / outputs["lora"].norm()) > 0.05
    save_adapter(model, "hyplora", tmp_path / "bent", base_fingerprint=HERE, method="hyplora", run_id=None)
    again = load_adapter(make_quantised(), "hyplora", tmp_path / "bent", base_fingerprint=HERE)
    with torch.no_grad(), probe(again) as seen:
        assert torch.equal(again(input_ids=ids[:1]).logits, outputs["hyplora"])
    found = seen.summary().of("hyplora").overall
    assert found.ratio is not None and found.ratio.minimum > 0 and found.n_tokens == 14 * 7
    before = numbers(model)
    model.set_adapter(peft_name("hyplora"))
    for attempt in (model.merge_adapter, model.merge_and_unload):
        with pytest.raises(AdapterError, match="cannot be merged"):
            attempt()
    assert all(torch.equal(value, before[name]) for name, value in numbers(model).items())
    plain = as_lora(model, at=ids)
    assert 0 < plain.fit.error < 1 and all(row.gain for row in plain.fit.layers)
