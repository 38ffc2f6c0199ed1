"""Tiny models with LoRA and HypLoRA side by side, and the token ids they run on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM

from hypviz.hyplora import HypLoraConfig, adapter_parameters, attach_adapters


@pytest.fixture
def make_base(checkpoint_folder: Callable[..., Path]) -> Callable[..., torch.nn.Module]:
    """``make_base("llama")``: a fresh float32 copy of a tiny checkpoint, in eval mode."""

    def make(architecture: str = "llama", dtype: torch.dtype = torch.float32) -> torch.nn.Module:
        return AutoModelForCausalLM.from_pretrained(checkpoint_folder(architecture), dtype=dtype).eval()

    return make


@pytest.fixture
def make_pair(make_base: Callable[..., torch.nn.Module]) -> Callable[..., PeftModel]:
    """``make_pair("gpt2", b=0.1)``: both methods on one base; b > 0 moves B away from 0 by seeded noise of that size."""

    def make(architecture: str = "llama", *, b: float = 0.0, c: float = 20.0, dtype: torch.dtype = torch.float32) -> PeftModel:
        configs = {"lora": LoraConfig(r=4, lora_alpha=8), "hyplora": HypLoraConfig(r=4, lora_alpha=8, c=c)}
        model = attach_adapters(make_base(architecture, dtype), configs, seed=5).eval()
        for number, name in enumerate(configs):
            generator = torch.Generator().manual_seed(number)
            for parameter in adapter_parameters(model, name):
                if parameter.ndim == 2 and not parameter.any():
                    parameter.data.copy_(b * torch.randn(parameter.shape, generator=generator))
        return model

    return make


@pytest.fixture
def ids() -> torch.Tensor:
    """Token ids (3, 7) that every tiny vocabulary has."""
    return torch.randint(5, 200, (3, 7), generator=torch.Generator().manual_seed(2))
