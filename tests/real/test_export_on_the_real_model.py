"""A HypLoRA adapter on the real model as plain LoRA: the error stated is the one there is, massive tokens included, and merging works."""

from __future__ import annotations

from pathlib import Path

import torch

from hypviz.hyplora import HypLoraConfig, adapter_parameters, as_lora, attach_adapters, calibrate_radius, load_adapter, save_adapter
from hypviz.hyplora.adapters import adapted_layers
from hypviz.models import encode_prompts, load_model, resolve
from hypviz.problems import problem_set

TARGETS = ["q_proj", "v_proj", "down_proj"]


def test_the_error_stated_is_the_error_and_the_export_merges(real_model: Path, tmp_path: Path) -> None:
    ref = resolve(str(real_model))
    rows = [torch.tensor([row]) for row in encode_prompts(ref, [problem.question for problem in problem_set("two-step", 4)])]
    config = HypLoraConfig(r=8, lora_alpha=16, target_modules=TARGETS, lora_beyond=6.0)
    model = attach_adapters(load_model(ref, dtype="float32"), {"bent": config}, seed=0).eval()
    for number, parameter in enumerate(adapter_parameters(model, "bent")):
        if parameter.ndim == 2 and not parameter.any():
            parameter.data.normal_(std=2e-3, generator=torch.Generator().manual_seed(number))
    calibrate_radius(model, rows[0])
    plain = as_lora(model, at=rows)
    missed = whole = 0.0
    layers = adapted_layers(model)

    def note(name: str):
        def hook(layer, args, out):
            nonlocal missed, whole
            x = args[0]
            A, B = (plain.state[f"base_model.model.{name}.lora_{part}.weight"] for part in "AB")
            update = (out - layer.base_layer(x)).double()
            missed += float((update - 2.0 * (x @ A.T @ B.T).double()).square().sum())
            whole += float(update.square().sum())

        return hook

    handles = [layer.register_forward_hook(note(name)) for name, layer in layers.items()]
    with torch.no_grad():
        for row in rows:
            model(input_ids=row)
    for handle in handles:
        handle.remove()
    assert abs((missed / whole) ** 0.5 / plain.fit.error - 1) < 0.02
    assert len(plain.fit.layers) == len(layers) == 90 and 0 < plain.fit.median_error <= plain.fit.largest_error
    save_adapter(model, "bent", tmp_path / "bent", base_fingerprint=ref.fingerprint, method="hyplora", run_id=None)
    plain.save(tmp_path / "flat", base_fingerprint=ref.fingerprint)
    flat = load_adapter(load_model(ref, dtype="float32"), "flat", tmp_path / "flat", base_fingerprint=ref.fingerprint)
    with torch.no_grad():
        loaded = flat(input_ids=rows[0]).logits
        merged = flat.merge_and_unload()(input_ids=rows[0]).logits
    assert float((merged - loaded).norm() / loaded.norm()) < 1e-4
