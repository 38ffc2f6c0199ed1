"""A tiny model with one adapter, named "default" by PEFT, whose B and radii are not where they started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hypviz.hyplora import HypLoraConfig
from hypviz.hyplora.names import former_name, is_geometry

TARGETS = ["q_proj", "down_proj"]


def trained(base: nn.Module, seed: int, *, kind: type[LoraConfig] = HypLoraConfig, **options: Any) -> PeftModel:
    """One adapter of rank 4 on `TARGETS`, seeded; `options` go to the config."""
    given = {"r": 4, "lora_alpha": 8, "target_modules": TARGETS, "task_type": "CAUSAL_LM", **options}
    given |= {"c": 20.0} if kind is HypLoraConfig and options.get("variant", "exact") == "exact" and "c" not in options else {}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = get_peft_model(base, kind(**given)).eval()
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.1, generator=generator)
        if is_geometry(name):
            parameter.data.add_(0.1 * torch.rand(1, generator=generator))
    return model


def logits(model: nn.Module, ids: Tensor) -> Tensor:
    """Of every token, without gradients."""
    with torch.no_grad():
        return model(input_ids=ids).logits


def geometry(model: nn.Module) -> dict[str, Tensor]:
    """The parameters of the geometry by name."""
    return {name: parameter for name, parameter in model.named_parameters() if is_geometry(name)}


def as_earlier_versions_wrote(folder: Path) -> Path:
    """The folder with the tensors of its geometry under the names that files had first."""
    path = folder / "adapter_model.safetensors"
    save_file({former_name(name): tensor for name, tensor in load_file(path).items()}, path, metadata={"format": "pt"})
    return folder
