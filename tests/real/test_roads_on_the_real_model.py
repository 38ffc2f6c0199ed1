"""HypLoRA through PEFT on a real language model: the layers that LoRA would adapt, and a hot swap that gives the other adapter."""

from __future__ import annotations

from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils.hotswap import hotswap_adapter
from torch import nn

from hypviz.hyplora import HypLoraConfig
from hypviz.hyplora.names import is_geometry
from hypviz.models import load_model, resolve
from tests.hyplora.trained import as_earlier_versions_wrote, geometry, logits

IDS = torch.arange(100, 116).reshape(1, 16)


def adapted(base: nn.Module, seed: int, **options: float) -> PeftModel:
    """An adapter on the layers that PEFT chooses, its B and radii moved by seeded noise."""
    model = get_peft_model(base, HypLoraConfig(r=8, lora_alpha=16, lora_beyond=6.0, **options)).eval()
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "lora_B" in name or is_geometry(name):
            parameter.data.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    return model


def test_open_targets_and_a_hot_swap_from_a_file_of_either_naming(real_model: Path, tmp_path: Path) -> None:
    base = load_model(resolve(str(real_model)), dtype="float32")
    plain = get_peft_model(base, LoraConfig(r=8))
    targets = sorted(plain.base_model.targeted_module_names)
    base = plain.unload()
    other = adapted(base, 2, c=30.0)
    assert sorted(other.base_model.targeted_module_names) == targets and len(targets) == 60
    other.save_pretrained(tmp_path)
    expected, radii = logits(other, IDS), {name: p.detach().clone() for name, p in geometry(other).items()}
    base = other.unload()
    for rewrite in (False, True):
        if rewrite:
            as_earlier_versions_wrote(tmp_path)
        model = adapted(base, 1, c=100.0)
        assert not torch.allclose(logits(model, IDS), expected, atol=1e-3)
        hotswap_adapter(model, str(tmp_path), adapter_name="default", torch_device="cpu")
        assert torch.equal(logits(model, IDS), expected)
        assert all(torch.equal(p, radii[name]) for name, p in geometry(model).items()) and len(radii) == 60
        base = model.unload()
